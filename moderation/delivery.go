package moderation

import "time"

// Delivery is one announcement on its way. Of those with the same target, ref and comment, one is
// tried at a time, in the order in which they were left.
type Delivery struct {
	ID     int64
	Target string // the sender that takes it
	Ref    string // whom the target means to reach by it; empty where there is one alone
	Event  string // names the announcement, the same in each try
	Fact   Fact
	Tries  int       // that failed
	NextAt time.Time // not tried before
	DeadAt time.Time // given up; zero while there is hope
	Error  string    // of the last try
}

// Reach is how deliveries to one target went.
type Reach struct {
	Target   string
	Waiting  int // deliveries, counted no further than CountCap
	Dead     int // likewise
	SentAt   time.Time
	FailedAt time.Time
	Error    string    // of the last try; empty once one went well
	OffAt    time.Time // the target asked for no more; zero while it takes them
}
