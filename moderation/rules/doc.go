// Package rules weighs a submission by rules that operators write: YAML files with lists of
// terms, groups with caps, and rules with a reason in two languages and tests beside them.
//
// A [Set] is compiled once and never changes; weighing is a pure function of the case and the
// set, which [Set.Fingerprint] names. [Live] swaps one set for another while submissions come in.
package rules
