package moderation

import "time"

// Person is an editor as those see them who look after people.
type Person struct {
	Editor
	SeenAt   time.Time // zero: never came
	Password bool
	Passkeys int
	Codes    bool   // an app's codes are asked for after the password
	Links    []Pass // sign-in links that are still good
	Managed  bool   // whoever asks may end all of it
}

// Account is what an editor signs in with and what is signed in as them.
type Account struct {
	Password bool
	Codes    bool // as of Person
	Recovery int  // recovery codes that are left
	Passkeys []Passkey
	Passes   []Pass // sessions and tokens, newest first
	Own      int    // which of them is the session that asks; -1 for none
	Fresh    bool   // it proved a short while ago who it is
}

// Passkey is a key pair whose private half never leaves its authenticator.
type Passkey struct {
	ID        []byte
	Editor    string // ID
	Host      string // under which it was made, and alone works
	Name      string // what its owner calls it
	Record    []byte // public key and flags; no secret
	Uses      uint32 // as the authenticator counts; 0 where it does not count
	Cloned    bool   // the count went back: there may be two of it
	CreatedAt time.Time
	UsedAt    time.Time // zero: never
}

// CodeFactor is what the codes of an app are checked against.
type CodeFactor struct {
	Sealed []byte // the secret
	Step   int64  // the last one that was used; a code is good once
}

// Enrolment is an app's secret before a first code has shown that the app knows it.
type Enrolment struct {
	Secret string // to be typed in
	URL    string // the same, to be scanned
	Ticket string // brings it back with the code
}
