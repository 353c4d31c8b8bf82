package pgtest

import (
	"database/sql"
	"testing"
)

func TestMain(m *testing.M) { Main(m) }

func TestAServerAnswersAndComesBackAfterAPowerCut(t *testing.T) {
	url := Database(t, nil)
	db, err := sql.Open("pgx", url)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if _, err := db.ExecContext(t.Context(), `CREATE TABLE kept (n BIGINT); INSERT INTO kept VALUES (7)`); err != nil {
		t.Fatal(err)
	}
	shared.server.Kill()
	if err := shared.server.Run(); err != nil {
		t.Fatal(err)
	}
	n := 0
	if err := db.QueryRowContext(t.Context(), `SELECT n FROM kept`).Scan(&n); err != nil || n != 7 {
		t.Errorf("after a power cut: %d, %v", n, err)
	}
}
