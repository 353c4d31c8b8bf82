package checker

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/url"
	"strings"
	"syscall"
	"time"
)

// Door is one running program, as its clients find it.
type Door struct {
	Name string
	Base string // http://127.0.0.1:port; the same after a restart
	Site string
}

// Editor is one of those who decide.
type Editor struct {
	Name  string
	Token string // of `balasan editor token`
}

// browser keeps its connections, as browsers do.
var browser = &http.Client{Timeout: 15 * time.Second, Transport: &http.Transport{MaxIdleConnsPerHost: 512}}

// call sends one request and logs what is known of it afterwards. A server that refuses the connection
// has seen nothing; any other silence, and every 5xx, leaves the outcome unknown.
func (h *History) call(d Door, op Op, method, path string, header http.Header, body any, into any) Op {
	op.Door, op.Begun = d.Name, h.now()
	var text []byte
	op.Status, text, op.Err = send(d.Base+path, method, header, body)
	switch {
	case errors.Is(op.Err, syscall.ECONNREFUSED):
		op.Outcome = Fail
	case op.Err != nil || op.Status >= 500:
		op.Outcome = Unknown
	case op.Status >= 300:
		op.Outcome = Fail
	case json.Unmarshal(text, into) != nil:
		op.Outcome = Unknown
	default:
		op.Outcome = OK
	}
	if op.Outcome != OK {
		var problem struct {
			Code string
			Lost []Loss
		}
		_ = json.Unmarshal(text, &problem) // what is no problem has no code
		op.Code = problem.Code
		if len(problem.Lost) > 0 {
			op.Lost = problem.Lost[0]
		}
	}
	op = op.learn(into)
	h.add(op, text)
	return op
}

func send(address, method string, header http.Header, body any) (status int, heard []byte, err error) {
	text := ""
	if body != nil {
		raw, err := json.Marshal(body)
		if err != nil {
			return 0, nil, err
		}
		text = string(raw)
	}
	req, err := http.NewRequest(method, address, strings.NewReader(text))
	if err != nil {
		return 0, nil, err
	}
	for name, values := range header {
		req.Header[name] = values
	}
	if body != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	resp, err := browser.Do(req)
	if err != nil {
		return 0, nil, err
	}
	defer resp.Body.Close()
	heard, err = io.ReadAll(resp.Body)
	return resp.StatusCode, heard, err
}

// What the program answers when it does what it is asked.
type (
	receipt struct{ ID string }
	settled struct {
		Batch   string
		Changed []struct{ ID string }
	}
	thread struct {
		Count    int
		Comments []struct{ ID string }
		Next     string
	}
	counts struct{ Counts []int }
)

// learn takes over what an answer says.
func (op Op) learn(answer any) Op {
	if op.Outcome != OK {
		return op
	}
	switch a := answer.(type) {
	case *receipt:
		op.ID = a.ID
	case *settled:
		op.Batch = a.Batch
	case *thread:
		op.Whole, op.Seen = a.Next == "", []string{}
		for _, c := range a.Comments {
			op.Seen = append(op.Seen, c.ID)
		}
	case *counts:
		op.Count = map[string]int{op.Page: a.Counts[0]}
	}
	return op
}

// Submit sends a text under a key as one of the visitors. The key stands in a header, so that the
// client itself sends it again on a connection that was closed before it was read.
func (h *History) Submit(d Door, visitor int, client, page, key, body string) Op {
	header := http.Header{"Idempotency-Key": {key}, "X-Forwarded-For": {address(visitor)}}
	sent := map[string]string{"page": page, "name": "Wati", "email": email(visitor), "body": body}
	return h.call(d, Op{Client: client, Kind: Submit, Page: page, Key: key, Body: body}, http.MethodPost,
		"/v1/sites/"+d.Site+"/comments", header, sent, &receipt{})
}

// Decide asks for a comment's way from one state to another.
func (h *History) Decide(d Door, e Editor, client, comment, from, to string) Op {
	header := http.Header{"Authorization": {"Bearer " + e.Token}}
	asked := map[string]any{"ids": []string{comment}, "from": from, "to": to}
	return h.call(d, Op{Client: client, Kind: Decide, Comment: comment, From: from, To: to, By: e.Name}, http.MethodPost,
		"/v1/editor/decisions", header, asked, &settled{})
}

// ReadThread reads the first part of a page's thread.
func (h *History) ReadThread(d Door, client, page string) Op {
	return h.call(d, Op{Client: client, Kind: ReadThread, Page: page}, http.MethodGet,
		"/v1/sites/"+d.Site+"/threads?page="+url.QueryEscape(page), nil, nil, &thread{})
}

// ReadCounts reads how many comments a page has.
func (h *History) ReadCounts(d Door, client, page string) Op {
	return h.call(d, Op{Client: client, Kind: ReadCounts, Page: page}, http.MethodGet,
		"/v1/sites/"+d.Site+"/counts?page="+url.QueryEscape(page), nil, nil, &counts{})
}
