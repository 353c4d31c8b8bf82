package load

import (
	"bufio"
	"bytes"
	"cmp"
	"fmt"
	"maps"
	"net"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// volley is requests that are sent over a number of connections, each of which waits for an answer
// before it sends the next.
type volley struct {
	addr    string
	conns   int
	n       int                           // how many
	rate    float64                       // a second; 0 is as many as the connections carry
	request func(to []byte, i int) []byte // appends the i-th, from 1
}

// tally is what came back.
type tally struct {
	took   time.Duration
	lasted map[int][]time.Duration // by status, sorted
}

// all is how many answers there were.
func (t tally) all() (n int) {
	for each := range maps.Values(t.lasted) {
		n += len(each)
	}
	return n
}

// persec is how many a second were answered with a status.
func (t tally) persec(status int) float64 { return float64(len(t.lasted[status])) / t.took.Seconds() }

// at is how long the given share of the answers with a status took at most.
func (t tally) at(status int, share float64) time.Duration {
	all := t.lasted[status]
	if len(all) == 0 {
		return 0
	}
	return all[int(share*float64(len(all)-1))]
}

// only fails the test unless every answer has the status.
func (t tally) only(tb testing.TB, status int) tally {
	tb.Helper()
	for other, each := range t.lasted {
		if other != status {
			tb.Fatalf("%d answers of %d", len(each), other)
		}
	}
	return t
}

// fire sends a volley and returns when the last answer is there.
func (v volley) fire(t testing.TB) tally {
	t.Helper()
	conns := make([]net.Conn, v.conns)
	for i := range conns {
		conn, err := net.Dial("tcp", v.addr)
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		conns[i] = conn
	}
	var next atomic.Int64
	var together sync.Mutex
	var all sync.WaitGroup
	sum := tally{lasted: make(map[int][]time.Duration)}
	begun := time.Now()
	for _, conn := range conns {
		all.Go(func() {
			mine, err := v.through(conn, begun, &next)
			together.Lock()
			defer together.Unlock()
			for status, each := range mine {
				sum.lasted[status] = append(sum.lasted[status], each...)
			}
			if err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	sum.took = time.Since(begun)
	for _, each := range sum.lasted {
		slices.Sort(each)
	}
	return sum
}

// through sends over one connection what is due.
func (v volley) through(conn net.Conn, begun time.Time, next *atomic.Int64) (map[int][]time.Duration, error) {
	lasted := make(map[int][]time.Duration)
	in, out := bufio.NewReaderSize(conn, 64<<10), []byte(nil)
	for i := int(next.Add(1)); i <= v.n; i = int(next.Add(1)) {
		if v.rate > 0 {
			time.Sleep(time.Until(begun.Add(time.Duration(float64(i) / v.rate * float64(time.Second)))))
		}
		out = v.request(out[:0], i)
		sent := time.Now()
		if _, err := conn.Write(out); err != nil {
			return lasted, err
		}
		status, err := answered(in)
		if err != nil {
			return lasted, err
		}
		lasted[status] = append(lasted[status], time.Since(sent))
	}
	return lasted, nil
}

// answered reads one answer of a known length and no more of it than it must.
func answered(in *bufio.Reader) (int, error) {
	code, length := 0, 0
	for {
		line, err := in.ReadSlice('\n')
		if err != nil {
			return 0, err
		}
		if len(line) == len("\r\n") {
			break
		}
		if code == 0 {
			code, err = strconv.Atoi(string(line[len("HTTP/1.1 "):len("HTTP/1.1 200")]))
		} else if value, ok := bytes.CutPrefix(line, []byte("Content-Length: ")); ok {
			length, err = strconv.Atoi(string(bytes.TrimSpace(value)))
		}
		if err != nil {
			return 0, err
		}
	}
	_, err := in.Discard(length)
	return code, err
}

// host is the address of a base.
func host(base string) string { return strings.TrimPrefix(base, "http://") }

// submissions are comments from 2,000 networks on fifty pages; each name has keys of its own.
func submissions(base, name string) func([]byte, int) []byte {
	return func(to []byte, i int) []byte {
		body := fmt.Sprintf(`{"page":"%s/demo/%d","name":"Pembaca %d","email":"pembaca%d@contoh.id","body":"Terima kasih atas beritanya, ini sangat membantu warga RT %d yang setiap hari lewat jembatan lama; semoga jalan %d juga segera diperbaiki oleh dinas."}`,
			base, i%50, i, i, i, i*7)
		return fmt.Appendf(to, "POST /v1/sites/demo/comments HTTP/1.1\r\nHost: %s\r\nX-Forwarded-For: 36.%d.%d.%d\r\nContent-Type: application/json\r\nIdempotency-Key: %s-%d\r\nContent-Length: %d\r\n\r\n%s",
			host(base), i%8, i%250, i%200, name, i, len(body), body)
	}
}

// gets ask for one path.
func gets(base, path string) func([]byte, int) []byte {
	return func(to []byte, _ int) []byte {
		return fmt.Appendf(to, "GET %s HTTP/1.1\r\nHost: %s\r\n\r\n", path, host(base))
	}
}

func median[T cmp.Ordered](figures []T) T {
	slices.Sort(figures)
	return figures[len(figures)/2]
}
