package load

import (
	"bufio"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/gofiber/fiber/v2"
	_ "github.com/jackc/pgx/v5/stdlib" // the driver "pgx"
	_ "modernc.org/sqlite"             // the driver "sqlite"
)

// A bare server is the ceiling: a fiber handler in a process of its own, as the program is, that does
// one thing and nothing else.
const (
	bareKind = "BALASAN_LOAD_BARE" // "bytes", "sqlite" or "pgx"
	bareWith = "BALASAN_LOAD_WITH" // the file to send, or the database to insert into
)

// bare starts one and returns where it listens. It ends with the test.
func bare(t testing.TB, kind, with string) (base string) {
	t.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), bareKind+"="+kind, bareWith+"="+with)
	cmd.Stderr = os.Stderr
	stdin, err := cmd.StdinPipe()
	out, fault := cmd.StdoutPipe()
	if err = errors.Join(err, fault); err == nil {
		err = cmd.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := errors.Join(stdin.Close(), cmd.Wait()); err != nil {
			t.Error(err)
		}
	})
	if base, err = bufio.NewReader(out).ReadString('\n'); err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(base)
}

// serveBare is that process. It ends when its standard input does.
func serveBare(kind, with string) error {
	app := fiber.New(fiber.Config{DisableStartupMessage: true})
	if kind == "bytes" {
		same, err := os.ReadFile(with)
		if err != nil {
			return err
		}
		app.Get("/*", func(c *fiber.Ctx) error {
			c.Set(fiber.HeaderContentType, fiber.MIMEApplicationJSONCharsetUTF8)
			return c.Send(same)
		})
	} else {
		table, err := newTable(kind, with)
		if err != nil {
			return err
		}
		app.Post("/*", func(c *fiber.Ctx) error {
			if err := table.insert(); err != nil {
				return err
			}
			return c.SendStatus(fiber.StatusAccepted)
		})
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	go func() {
		fmt.Printf("http://%s\n", listener.Addr())
		_, _ = io.Copy(io.Discard, os.Stdin)
		_ = app.Shutdown()
	}()
	return app.Listener(listener)
}

// table takes rows as large as a comment, durably, and nothing else.
type table struct {
	db   *sql.DB
	jobs chan chan error // SQLite's, for the one that writes; nil on PostgreSQL
}

var row = strings.Repeat("x", 900)

// newTable makes the table: on SQLite with the settings of the store and group commit, on PostgreSQL
// with a commit for each row over as many connections as the store has.
func newTable(driver, source string) (*table, error) {
	if driver == "sqlite" {
		source += "?_pragma=journal_mode(WAL)&_pragma=synchronous(FULL)&_txlock=immediate"
	}
	db, err := sql.Open(driver, source)
	if err != nil {
		return nil, err
	}
	t := &table{db: db}
	if driver == "sqlite" {
		_, err = db.Exec(`CREATE TABLE raw (id INTEGER PRIMARY KEY, row TEXT)`)
		t.jobs = make(chan chan error, 4096)
		go t.write()
	} else {
		db.SetMaxOpenConns(32)
		db.SetMaxIdleConns(32)
		_, err = db.Exec(`CREATE TABLE IF NOT EXISTS raw (id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY, row TEXT)`)
	}
	return t, err
}

func (t *table) insert() error {
	if t.jobs == nil {
		_, err := t.db.Exec(`INSERT INTO raw (row) VALUES ($1)`, row)
		return err
	}
	done := make(chan error, 1)
	t.jobs <- done
	return <-done
}

// write puts what waits into one transaction, up to 256 rows, as long as the process lives.
func (t *table) write() {
	for job := range t.jobs {
		batch := []chan error{job}
		for len(batch) < 256 && len(t.jobs) > 0 { // nobody else takes from it
			batch = append(batch, <-t.jobs)
		}
		err := t.commit(len(batch))
		for _, waiting := range batch {
			waiting <- err
		}
	}
}

func (t *table) commit(rows int) error {
	tx, err := t.db.BeginTx(context.Background(), nil)
	if err != nil {
		return err
	}
	insert, err := tx.Prepare(`INSERT INTO raw (row) VALUES (?)`)
	for i := 0; i < rows && err == nil; i++ {
		_, err = insert.Exec(row)
	}
	return errors.Join(err, tx.Commit())
}
