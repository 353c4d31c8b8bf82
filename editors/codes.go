package editors

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base32"
	"errors"
	"strings"
	"time"

	"github.com/pquerna/otp/hotp"
	"github.com/pquerna/otp/totp"

	"balasan/moderation"
)

const (
	codeStep      = 30 // seconds, as every app assumes (RFC 6238)
	codeDrift     = 1  // steps that a clock may be off
	codeTries     = 10 // wrong codes in a row, before codePause
	codePause     = time.Hour
	recoveryCodes = 10
)

// halfway is somebody whose password was right.
type halfway struct {
	Name     string
	Password string // the encoded hash that it matched: a new one ends the ticket
}

// BeginCodes draws a secret for an app; nothing is kept until FinishCodes has seen a first code.
// The issuer is what the app shows beside the name.
func (a *Accounts) BeginCodes(editor moderation.Editor, issuer string) (moderation.Enrolment, error) {
	var random [20]byte
	rand.Read(random[:]) // never fails, see crypto/rand
	secret := base32.StdEncoding.WithPadding(base32.NoPadding).EncodeToString(random[:])
	sealed, err := a.pack("codes|"+editor.ID, secret)
	if err != nil {
		return moderation.Enrolment{}, err
	}
	return enrolment(editor, issuer, secret, sealed)
}

// ResumeCodes is the same enrolment again, after a code that was wrong.
func (a *Accounts) ResumeCodes(editor moderation.Editor, issuer, sealed string) (moderation.Enrolment, error) {
	var secret string
	if _, err := a.unpack("codes|"+editor.ID, sealed, &secret); err != nil {
		return moderation.Enrolment{}, err
	}
	return enrolment(editor, issuer, secret, sealed)
}

func enrolment(editor moderation.Editor, issuer, secret, sealed string) (moderation.Enrolment, error) {
	raw, err := base32.StdEncoding.WithPadding(base32.NoPadding).DecodeString(secret)
	if err != nil {
		return moderation.Enrolment{}, err
	}
	key, err := totp.Generate(totp.GenerateOpts{Issuer: issuer, AccountName: editor.Name, Secret: raw})
	if err != nil {
		return moderation.Enrolment{}, err
	}
	return moderation.Enrolment{Secret: secret, URL: key.URL(), Ticket: sealed}, nil
}

// FinishCodes asks for an app's codes from now on, if this one is right, and returns ten recovery
// codes, which are shown this once. Invalid with the field "code" when it is wrong.
func (a *Accounts) FinishCodes(ctx context.Context, editor moderation.Editor, sealed, code string) ([]string, error) {
	var secret string
	t, err := a.unpack("codes|"+editor.ID, sealed, &secret)
	if err != nil {
		return nil, err
	}
	step, ok := stepOf(secret, code, time.Now())
	if !ok {
		return nil, fault("code", moderation.FaultFormat, 0)
	}
	if err := a.spend(ctx, t); err != nil {
		return nil, err
	}
	hidden, err := a.store.Seal(CodesPlace(editor.ID), []byte(secret))
	if err != nil {
		return nil, err
	}
	codes, hashes := drawRecovery(editor.ID)
	return codes, a.store.SetCodes(ctx, editor.ID, moderation.CodeFactor{Sealed: hidden, Step: step}, hashes)
}

// CodesPlace is where the secret of an editor's codes is sealed.
func CodesPlace(editor string) string { return "codes|" + editor }

// EndCodes asks for no codes any more; recovery codes end too.
func (a *Accounts) EndCodes(ctx context.Context, editor moderation.Editor) error {
	return a.store.SetCodes(ctx, editor.ID, moderation.CodeFactor{}, nil)
}

// NewRecovery puts ten fresh recovery codes in place of those that are left; NotFound while no
// codes are asked for.
func (a *Accounts) NewRecovery(ctx context.Context, editor moderation.Editor) ([]string, error) {
	on, _, err := a.store.HasCodes(ctx, editor.ID)
	if err == nil && !on {
		err = &moderation.Problem{Code: moderation.NotFound}
	}
	if err != nil {
		return nil, err
	}
	codes, hashes := drawRecovery(editor.ID)
	return codes, a.store.SetRecovery(ctx, editor.ID, hashes)
}

// SignInByCode opens a session for the ticket of SignIn and a code of the app, or a recovery code.
// Invalid with the field "code" when that is wrong; Limited after ten wrong ones in a row;
// Unauthorized when the ticket is over.
func (a *Accounts) SignInByCode(ctx context.Context, sealed, code, label string) (string, error) {
	var half halfway
	if _, err := a.unpack("code", sealed, &half); err != nil {
		return "", err
	}
	editor, encoded, err := a.store.EditorByName(ctx, half.Name)
	if err == nil && encoded != half.Password {
		err = errTicket
	}
	if err == nil {
		err = a.checkCode(ctx, editor.ID, code)
	}
	if errors.Is(err, errCode) {
		err = fault("code", moderation.FaultFormat, 0)
	}
	if err != nil {
		return "", err
	}
	return a.open(ctx, editor.ID, label)
}

var errCode = moderation.Refuse(moderation.Unauthorized, errors.New("a code that is wrong or was used"))

// checkCode takes a code or a recovery code, once; errCode, Limited.
func (a *Accounts) checkCode(ctx context.Context, editor, code string) error {
	code = strings.ToLower(strings.Join(strings.Fields(code), ""))
	if len(code) == recoveryLength {
		return orWrong(a.store.UseRecovery(ctx, editor, recoveryHash(editor, code)))
	}
	factor, err := a.store.TryCode(ctx, editor, time.Now(), codeTries, codePause)
	if err != nil {
		return err
	}
	secret, err := a.store.Unseal(CodesPlace(editor), factor.Sealed)
	if err != nil {
		return err
	}
	step, ok := stepOf(string(secret), code, time.Now())
	if !ok || step <= factor.Step {
		return errCode
	}
	return orWrong(a.store.UseStep(ctx, editor, step))
}

// orWrong is errCode where the store says that somebody else was first.
func orWrong(err error) error {
	if moderation.CodeOf(err) == moderation.Unauthorized {
		return errCode
	}
	return err
}

// stepOf finds the time step, at most codeDrift from now, whose code this is.
func stepOf(secret, code string, at time.Time) (step int64, ok bool) {
	code = strings.Join(strings.Fields(code), "")
	now := at.Unix() / codeStep
	for s := now - codeDrift; s <= now+codeDrift; s++ {
		want, err := hotp.GenerateCode(secret, uint64(s))
		if err == nil && subtle.ConstantTimeCompare([]byte(want), []byte(code)) == 1 {
			step, ok = s, true
		}
	}
	return step, ok
}

// recoveryLength is four groups of four letters and digits with hyphens between: 80 random bits.
const recoveryLength = 4*4 + 3

func drawRecovery(editor string) (codes []string, hashes [][32]byte) {
	for range recoveryCodes {
		text := strings.ToLower(rand.Text()) // base32: 130 bits in 26 letters
		code := text[:4] + "-" + text[4:8] + "-" + text[8:12] + "-" + text[12:16]
		codes, hashes = append(codes, code), append(hashes, recoveryHash(editor, code))
	}
	return codes, hashes
}

func recoveryHash(editor, code string) [32]byte { return sha256.Sum256([]byte(editor + "|" + code)) }
