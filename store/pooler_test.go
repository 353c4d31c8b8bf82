package store

import (
	"testing"

	"balasan/internal/pgtest"
	"balasan/internal/reliability"
	"balasan/store/storetest"
)

// TestContractThroughAPooler asks the same of PostgreSQL behind pgbouncer in transaction mode.
func TestContractThroughAPooler(t *testing.T) {
	open := func(t *testing.T) *DB {
		t.Helper()
		db, err := Open(t.Context(), Options{URL: pgtest.Pooled(t, migrated, 5), Crowd: 3, Keys: testKeys})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = db.Close() })
		return db
	}
	storetest.RunSignIns(t, func(t *testing.T) storetest.SignIns { return open(t) })
	storetest.RunMails(t, func(t *testing.T) storetest.Mails { return open(t) })
	if reliability.Long() {
		storetest.Run(t, func(t *testing.T) storetest.Backend { return open(t) })
	}
}

// TestManyProgramsMigrateThroughFewConnections opens an empty database from more sides than the pooler has
// connections to it.
func TestManyProgramsMigrateThroughFewConnections(t *testing.T) {
	server, _ := pgtest.Own(t, "fsync=off")
	url := server.Pooler(t, "balasan", 3)
	migrateAtOnce(t, url)
}
