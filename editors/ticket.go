package editors

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"errors"
	"time"

	"balasan/moderation"
)

// A ticket leads from one half of a step to the other: it carries what the first half knew through
// the browser, which can neither read nor change it, for ticketLife.
type ticket struct {
	ID   [12]byte // to be spent
	Ends time.Time
	Data json.RawMessage
}

var errTicket = moderation.Refuse(moderation.Unauthorized, errors.New("a ticket that is over, or not one of ours for this"))

func (a *Accounts) pack(place string, data any) (string, error) {
	raw, err := json.Marshal(data)
	if err != nil {
		return "", err
	}
	t := ticket{Ends: time.Now().Add(ticketLife), Data: raw}
	rand.Read(t.ID[:]) // never fails, see crypto/rand
	if raw, err = json.Marshal(t); err != nil {
		return "", err
	}
	sealed, err := a.store.Seal("ticket|"+place, raw)
	return base64.RawURLEncoding.EncodeToString(sealed), err
}

// unpack reads a ticket of the same place that is still good; Unauthorized otherwise.
func (a *Accounts) unpack(place, text string, into any) (ticket, error) {
	var t ticket
	sealed, err := base64.RawURLEncoding.DecodeString(text)
	if err != nil {
		return t, errTicket
	}
	raw, err := a.store.Unseal("ticket|"+place, sealed)
	if err != nil || json.Unmarshal(raw, &t) != nil || !time.Now().Before(t.Ends) || json.Unmarshal(t.Data, into) != nil {
		return t, errTicket
	}
	return t, nil
}

// spend makes a ticket worthless, of all who try for all but one.
func (a *Accounts) spend(ctx context.Context, t ticket) error {
	code, err := a.store.Spend(ctx, t.ID, "", true, t.Ends)
	if err == nil && code != "" {
		err = errTicket
	}
	return err
}
