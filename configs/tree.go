package configs

import (
	"cmp"
	"encoding"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"
)

// A leaf is one setting: where it stands in the tree of the file and where in the Config.
type leaf struct {
	path  string // "limits.submit.narrow"
	value reflect.Value
	tag   reflect.StructTag
}

// leaves lists every setting of c in the order of its fields.
func leaves(c *Config) []leaf { return branch("", "", reflect.ValueOf(c).Elem()) }

func branch(path, change string, v reflect.Value) []leaf {
	var found []leaf
	for field, value := range v.Fields() {
		name, tag := join(path, field.Tag.Get("yaml")), field.Tag
		if change != "" {
			tag += reflect.StructTag(` change:"` + change + `"`)
		}
		if isSection(field.Type) {
			found = append(found, branch(name, tag.Get("change"), value)...)
			continue
		}
		found = append(found, leaf{name, value, tag})
	}
	return found
}

// isSection tells a group of settings from a single one.
func isSection(t reflect.Type) bool {
	return t.Kind() == reflect.Struct && !reflect.PointerTo(t).Implements(textUnmarshaler)
}

var textUnmarshaler = reflect.TypeFor[encoding.TextUnmarshaler]()

func join(path, name string) string {
	if path == "" {
		return name
	}
	return path + "." + name
}

// variable is the leaf's name in the environment.
func (l leaf) variable() string {
	return "BALASAN_" + strings.ToUpper(strings.ReplaceAll(l.path, ".", "_"))
}

// isList tells whether the leaf takes several values.
func (l leaf) isList() bool { return l.value.Kind() == reflect.Slice }

// isGroups tells whether each of the leaf's values holds settings of its own.
func (l leaf) isGroups() bool { return l.isList() && isSection(l.value.Type().Elem()) }

// item names one of several groups.
func item(path string, i int) string { return path + "[" + strconv.Itoa(i) + "]" }

// set reads one text into the leaf. The error is a sentence that begins with a verb and never
// repeats the text, since that may be a secret.
func (l leaf) set(text string) error {
	if err := read(l.value, text); err != nil {
		return err
	}
	return l.bounds()
}

// setAll reads a list, and returns one error for each text that is wrong.
func (l leaf) setAll(texts []string) []error {
	list, faults := reflect.MakeSlice(l.value.Type(), len(texts), len(texts)), make([]error, len(texts))
	for i, text := range texts {
		faults[i] = leaf{l.path, list.Index(i), l.tag}.set(text)
	}
	l.value.Set(list)
	return faults
}

func read(v reflect.Value, text string) error {
	if u, ok := v.Addr().Interface().(encoding.TextUnmarshaler); ok {
		return u.UnmarshalText([]byte(text))
	}
	if v.Type() == reflect.TypeFor[time.Duration]() {
		d, err := parseDuration(text)
		v.SetInt(int64(d))
		return orSay(err, "must be a time such as 90s, 10m, 24h or 30d")
	}
	switch v.Kind() {
	case reflect.Bool:
		b, err := strconv.ParseBool(text)
		v.SetBool(b)
		return orSay(err, "must be true or false")
	case reflect.Int:
		n, err := strconv.Atoi(text)
		v.SetInt(int64(n))
		return orSay(err, "must be a whole number")
	case reflect.Float64:
		f, err := strconv.ParseFloat(text, 64)
		v.SetFloat(f)
		return orSay(err, "must be a number")
	default:
		v.SetString(text)
		return nil
	}
}

func orSay(err error, sentence string) error {
	if err == nil {
		return nil
	}
	return errors.New(sentence)
}

// bounds holds the value against the tags range, words and kind.
func (l leaf) bounds() error {
	if words := strings.Fields(l.tag.Get("words")); len(words) > 0 && !slices.Contains(words, l.value.String()) {
		return fmt.Errorf("must be one of %s%s", strings.Join(words, ", "), suggest(l.value.String(), words))
	}
	if check := kinds[l.tag.Get("kind")]; check != nil {
		if err := check(l.value.String()); err != nil {
			return err
		}
	}
	low, high, ranged := strings.Cut(l.tag.Get("range"), "..")
	if ranged && (compare(l.value, low) < 0 || compare(l.value, high) > 0) {
		return fmt.Errorf("must be between %s and %s", low, high)
	}
	return nil
}

// compare reads bound as a value of v's type.
func compare(v reflect.Value, bound string) int {
	other := reflect.New(v.Type()).Elem()
	if err := read(other, bound); err != nil {
		panic("configs: bound " + bound + ": " + err.Error()) // the tags are ours
	}
	if v.CanFloat() {
		return cmp.Compare(v.Float(), other.Float())
	}
	return cmp.Compare(v.Int(), other.Int())
}
