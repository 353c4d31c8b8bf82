package store

import (
	"encoding/json"
	"fmt"

	"balasan/moderation"
)

// likenessRow is a likeness as it lies in the file. Fields are only ever added.
type likenessRow struct {
	Ties  []tieRow  `json:"ties,omitempty"`
	Looks []lookRow `json:"looks,omitempty"`
}

type tieRow struct {
	Kind moderation.TieKind `json:"k"`
	Hash uint64             `json:"h"`
}

type lookRow struct {
	Bands  []tieRow `json:"bands"`
	Sketch []byte   `json:"sketch"`
}

func likenessJSON(l moderation.Likeness) (string, error) {
	row := likenessRow{Ties: tieRows(l.Ties)}
	for _, look := range l.Looks {
		row.Looks = append(row.Looks, lookRow{tieRows(look.Bands), packSketch(&look.Sketch)})
	}
	text, err := json.Marshal(row)
	if err != nil {
		return "", fmt.Errorf("write likeness: %w", err)
	}
	return string(text), nil
}

func tieRows(ties []moderation.Tie) (rows []tieRow) {
	for _, t := range ties {
		rows = append(rows, tieRow(t))
	}
	return rows
}

func readLikeness(text []byte) (l moderation.Likeness, err error) {
	var row likenessRow
	if err := json.Unmarshal(text, &row); err != nil {
		return l, fmt.Errorf("read likeness: %w", err)
	}
	l.Ties = tiesOf(row.Ties)
	for _, r := range row.Looks {
		look := moderation.Look{Bands: tiesOf(r.Bands)}
		unpackSketch(r.Sketch, &look.Sketch)
		l.Looks = append(l.Looks, look)
	}
	return l, nil
}

func tiesOf(rows []tieRow) (ties []moderation.Tie) {
	for _, r := range rows {
		ties = append(ties, moderation.Tie(r))
	}
	return ties
}
