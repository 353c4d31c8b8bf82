package moderation

import (
	"sync/atomic"
	"time"
)

// outageRest is how long a part must have worked before its outage is over.
const outageRest = 3 * time.Second

// Outage tells once that a part begins to fail and once that it works again. Of a part that fails for some and
// works for others, such as a cluster without one of its nodes, the outage lasts until nobody has met it for three
// seconds. The zero value is a part that works.
type Outage struct {
	failed atomic.Int64 // when it did last, in Unix nanoseconds; 0 is no outage
}

// Failed notes a failure and tells whether an outage begins with it.
func (o *Outage) Failed() bool { return o.failed.Swap(time.Now().UnixNano()) == 0 }

// Worked notes a success and tells whether an outage is over.
func (o *Outage) Worked() bool {
	failed := o.failed.Load()
	return failed != 0 && time.Since(time.Unix(0, failed)) >= outageRest && o.failed.CompareAndSwap(failed, 0)
}

// Lasts tells whether there is an outage.
func (o *Outage) Lasts() bool { return o.failed.Load() != 0 }
