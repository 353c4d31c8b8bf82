// Package limits counts what senders spend, on ulule/limiter with buckets of our own.
//
// Every address belongs to two buckets of each allowance: a wide one (IPv4 /24, IPv6 /48) and a
// narrow one (IPv4 /32, IPv6 /64). Both are asked in one step, the wide one first; when either
// refuses, nothing is taken from the other. Buckets follow the generic cell rate algorithm
// (ITU-T I.371, GCRA): one number each, refilled smoothly, so there is no window whose edge
// would let twice the allowance through.
//
// Buckets live in this process or on Redis. On Redis one Lua script decides by Redis' own
// clock, so replicas whose clocks differ agree, and every key has a time to live. While Redis
// does not answer, each replica counts alone with its share of the allowance.
//
// No address is kept: a bucket's name is a keyed hash of the masked prefix, with a key that
// changes each day at 00:00 UTC. Every bucket is full again at that moment.
package limits
