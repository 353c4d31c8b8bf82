// Package announce tells others what happened, out of the outbox and behind everybody's back: a
// [Follower] turns facts into deliveries, and a [Sender] for each target delivers them until they
// arrive or are given up. Whatever is down out there, taking in and deciding go on.
package announce
