package faults

import (
	"crypto/aes"
	"crypto/cipher"
	"database/sql"
	"testing"

	_ "modernc.org/sqlite" // backups are read without the program
)

// wrapped is a site's data key as it lies in a database.
type wrapped struct {
	site, kid, master string
	sealed            []byte
}

func wrappedKeys(t *testing.T, database string) (all []wrapped) {
	t.Helper()
	db, err := sql.Open("sqlite", "file:"+database+"?mode=ro")
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	rows, err := db.Query(`SELECT site, kid, master, wrapped FROM site_key`)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	for rows.Next() {
		var w wrapped
		if err := rows.Scan(&w.site, &w.kid, &w.master, &w.sealed); err != nil {
			t.Fatal(err)
		}
		all = append(all, w)
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return all
}

func (w wrapped) opensWith(key []byte) bool {
	block, err := aes.NewCipher(key)
	if err != nil {
		return false
	}
	box, err := cipher.NewGCMWithRandomNonce(block)
	if err != nil {
		return false
	}
	_, err = box.Open(nil, nil, w.sealed, []byte(w.site+"|key|"+w.kid+"|"+w.master))
	return err == nil
}
