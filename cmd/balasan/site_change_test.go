package main

import (
	"fmt"
	"testing"

	"balasan/configs"
)

func TestASiteMayBeChangedToWhatANewOneMayHave(t *testing.T) {
	for _, n := range []int{99, 100, 20000, 20001} {
		cfg, fault := configs.Load("", []string{fmt.Sprint("BALASAN_POLICY_MAX_BODY=", n)})
		policy := cfg.Policy.Domain()
		if changed := soundPolicy(policy); (changed == nil) != (fault == nil) {
			t.Errorf("max_body %d: new sites %v, changed ones %v", n, fault, changed)
		}
	}
}
