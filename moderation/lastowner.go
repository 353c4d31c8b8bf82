package moderation

import "errors"

// ErrLastOwner refuses what would leave nobody who owns all sites.
var ErrLastOwner error = &Problem{Code: Invalid,
	Fields: []FieldFault{{Field: "owner", Fault: FaultRequired}}, Err: errors.New("this is the last owner everywhere")}
