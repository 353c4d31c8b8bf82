package store_test

import (
	"bytes"
	"path/filepath"
	"testing"

	"balasan/store"
	"balasan/store/storetest"
)

var keys = store.Keys{Current: "k1", Master: func(kid string) ([]byte, bool) {
	return bytes.Repeat([]byte{7}, 32), kid == "k1"
}}

// open makes an empty database that ends with its test.
func open(t testing.TB) *store.DB {
	t.Helper()
	db, err := store.Open(t.Context(), store.Options{Path: filepath.Join(t.TempDir(), "balasan.db"), Keys: keys})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	return db
}

func TestContract(t *testing.T) {
	storetest.Run(t, func(t *testing.T) storetest.Backend { return open(t) })
}
