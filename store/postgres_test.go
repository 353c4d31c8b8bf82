package store

import (
	"context"
	"testing"

	"balasan/internal/pgtest"
	"balasan/store/storetest"
)

func TestMain(m *testing.M) { pgtest.Main(m) }

func TestContractOnPostgres(t *testing.T) {
	storetest.Run(t, func(t *testing.T) storetest.Backend { return openPostgres(t) })
}

// migrated is a database with the schema in it.
func migrated(url string) error {
	db, err := Open(context.Background(), Options{URL: url, Keys: testKeys})
	if err != nil {
		return err
	}
	return db.Close()
}

func openPostgres(t testing.TB) *DB {
	t.Helper()
	db, err := Open(t.Context(), Options{URL: pgtest.Database(t, migrated), Keys: testKeys})
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
