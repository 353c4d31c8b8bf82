// Package moderation is the core: what visitors send, what the machine thinks of it and what
// people decide. It knows the standard library and nothing else; the rooms around it (web,
// store, captcha, limits, …) implement the small interfaces that it declares.
//
// A submission has one straight way, [Intake.Receive]: limit, shape, challenge, judge, keep.
// A comment's state is one word, and every change of it goes through the [Desk] and leaves a
// [Decision] in an append-only log.
package moderation
