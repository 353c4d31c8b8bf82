package memory_test

import (
	"testing"

	"balasan/store/memory"
	"balasan/store/storetest"
)

func TestContract(t *testing.T) {
	storetest.RunModel(t, func(*testing.T) storetest.Model { return memory.New() })
}
