package checker

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
)

// Final is what the program keeps and shows in the end.
type Final struct {
	Comments map[string]Comment  // by id
	Threads  map[string][]string // by page, what is public
	Counts   map[string]int      // by page
}

// Comment is one that is kept, with its decisions in their order.
type Comment struct {
	Page, Body, State string
	Decided           []Decided
}

// Decided is one line of the decision log.
type Decided struct{ Batch, By, From, To string }

// ReadFinal reads the whole of it from a door as one of the editors.
func ReadFinal(d Door, e Editor) (Final, error) {
	f := Final{Comments: map[string]Comment{}, Threads: map[string][]string{}, Counts: map[string]int{}}
	for _, state := range []string{"pending", "approved", "spam", "trashed"} {
		if err := f.list(d, e, state); err != nil {
			return f, err
		}
	}
	if err := f.logs(d, e); err != nil {
		return f, err
	}
	for _, c := range f.Comments {
		if _, known := f.Counts[c.Page]; known {
			continue
		}
		if err := f.public(d, c.Page); err != nil {
			return f, err
		}
	}
	return f, nil
}

// Of leaves what a run of this name made: several runs share a database.
func (f Final) Of(name string) Final {
	mine := func(page string) bool { return strings.HasPrefix(page, name+"-") }
	maps.DeleteFunc(f.Comments, func(_ string, c Comment) bool { return !mine(c.Page) })
	maps.DeleteFunc(f.Threads, func(page string, _ []string) bool { return !mine(page) })
	maps.DeleteFunc(f.Counts, func(page string, _ int) bool { return !mine(page) })
	return f
}

func ask(d Door, e Editor, path string, into any) error {
	header := http.Header{}
	if e.Token != "" {
		header.Set("Authorization", "Bearer "+e.Token)
	}
	status, text, err := send(d.Base+path, http.MethodGet, header, nil)
	if err == nil && status != http.StatusOK {
		err = fmt.Errorf("%s: %d %s", path, status, text)
	}
	if err != nil {
		return err
	}
	return json.Unmarshal(text, into)
}

// list reads the comments of one state.
func (f Final) list(d Door, e Editor, state string) error {
	for cursor := ""; ; {
		var page struct {
			Comments []struct{ ID string }
			Next     string
		}
		if err := ask(d, e, "/v1/editor/queue?limit=100&state="+state+"&cursor="+url.QueryEscape(cursor), &page); err != nil {
			return err
		}
		for _, c := range page.Comments {
			f.Comments[c.ID] = Comment{}
		}
		if cursor = page.Next; cursor == "" {
			return nil
		}
	}
}

// logs reads each comment with its decisions.
func (f Final) logs(d Door, e Editor) error {
	var mu sync.Mutex
	var fault error
	var wait sync.WaitGroup
	turns := make(chan struct{}, 16)
	ids := make([]string, 0, len(f.Comments))
	for id := range f.Comments {
		ids = append(ids, id)
	}
	for _, id := range ids {
		turns <- struct{}{}
		wait.Go(func() {
			defer func() { <-turns }()
			var c Comment
			err := ask(d, e, "/v1/editor/comments/"+id, &c)
			slices.Reverse(c.Decided) // it comes newest first
			mu.Lock()
			defer mu.Unlock()
			if f.Comments[id] = c; err != nil {
				fault = err
			}
		})
	}
	wait.Wait()
	return fault
}

// public reads what everybody sees of a page.
func (f Final) public(d Door, page string) error {
	var n counts
	if err := ask(d, Editor{}, "/v1/sites/"+d.Site+"/counts?page="+url.QueryEscape(page), &n); err != nil {
		return err
	}
	f.Counts[page], f.Threads[page] = n.Counts[0], []string{}
	for cursor := ""; ; {
		var t thread
		if err := ask(d, Editor{}, "/v1/sites/"+d.Site+"/threads?page="+url.QueryEscape(page)+"&cursor="+url.QueryEscape(cursor), &t); err != nil {
			return err
		}
		for _, c := range t.Comments {
			f.Threads[page] = append(f.Threads[page], c.ID)
		}
		if cursor = t.Next; cursor == "" {
			return nil
		}
	}
}
