package memory_test

import (
	"testing"

	"balasan/store/memory"
	"balasan/store/storetest"
)

func TestContract(t *testing.T) {
	storetest.Run(t, func(*testing.T) storetest.Backend { return memory.New() })
}
