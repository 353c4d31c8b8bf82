// Package captcha issues challenges, draws and speaks them, and redeems answers once.
//
// A challenge is friction, not proof: a small neural net reads the picture. What a comment
// says carries the weight.
//
// Issuing stores nothing. The token says what was asked (see token) and is signed; the digits
// are a keyed function of its id. Only redeeming leaves a mark (see Marks), in one atomic step,
// until the token would have expired anyway.
package captcha
