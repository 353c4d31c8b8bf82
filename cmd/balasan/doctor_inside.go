package main

import (
	"cmp"
	"context"
	"crypto/rand"
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/redis/go-redis/v9"

	"balasan/captcha"
)

func (e *exam) database(ctx context.Context) {
	const check = "database"
	if e.db == nil {
		return // attend has told why
	}
	if err := e.db.Writable(ctx); err != nil {
		e.bad(check, "cannot be written: "+err.Error(), "look for a full disk, a folder that is not this user's, and other programs that hold the file; nothing is lost meanwhile")
		return
	}
	unsafe, err := e.db.Unsafe(ctx)
	switch {
	case err != nil:
		e.bad(check, err.Error(), "run balasan verify")
	case len(unsafe) > 0:
		e.bad(check, strings.Join(unsafe, ", ")+": a power cut may take what was acknowledged", e.safer())
	default:
		e.ok(check, "can be written; every commit goes to the disk")
	}
}

func (e *exam) standby(ctx context.Context) {
	const check = "standby"
	switch {
	case e.cfg.Database.Replica == "":
		e.skip(check, "not configured")
	case e.db == nil:
		e.skip(check, "not looked at without the database")
	default:
		if note, why := e.db.Standby(ctx); note != "" {
			if why != nil {
				note += ": " + why.Error()
			}
			e.bad(check, note, "start it, or look at database.replica and at what lies between; readers miss nothing meanwhile")
			return
		}
		e.ok(check, "answers, and has what the primary wrote")
	}
}

func (e *exam) safer() string {
	if e.cfg.Database.URL != "" {
		return "turn these on in the server's settings, for this database and its user as well"
	}
	return "put the data folder on a disk of this machine: write-ahead logs do not work on network file systems"
}

const (
	leastFree = 512 << 20 // bytes
	slowSync  = 100 * time.Millisecond
)

func (e *exam) disk(context.Context) {
	const check = "disk"
	took, err := syncTime(e.cfg.Data)
	if err != nil {
		e.bad(check, "the data folder cannot be written: "+err.Error(), "give the folder to the user that runs balasan")
		return
	}
	var fs syscall.Statfs_t
	if err := syscall.Statfs(e.cfg.Data, &fs); err != nil {
		e.bad(check, err.Error(), "look at the data folder")
		return
	}
	free := uint64(fs.Bavail) * uint64(fs.Bsize)
	switch found := fmt.Sprintf("%d MiB are free, a write reaches the disk in %s", free>>20, round(took)); {
	case free < leastFree:
		e.bad(check, found, "make room: when the disk is full, comments and decisions are refused")
	case took > slowSync:
		e.bad(check, found, "use a faster disk for the data folder; each batch of comments waits that long")
	default:
		e.ok(check, "%s", found)
	}
}

// syncTime is the median of five small writes that are waited for until they are on the disk.
func syncTime(dir string) (time.Duration, error) {
	file, err := os.CreateTemp(dir, ".doctor-*")
	if err != nil {
		return 0, err
	}
	defer os.Remove(file.Name())
	defer file.Close()
	return medianOf(5, func() error {
		if _, err := file.WriteString("balasan doctor\n"); err != nil {
			return err
		}
		return file.Sync()
	})
}

// medianOf times something that is done n times.
func medianOf(n int, do func() error) (time.Duration, error) {
	var all []time.Duration
	for range n {
		start := time.Now()
		if err := do(); err != nil {
			return 0, err
		}
		all = append(all, time.Since(start))
	}
	slices.Sort(all)
	return all[n/2], nil
}

func round(d time.Duration) time.Duration {
	if d > time.Millisecond {
		return d.Round(100 * time.Microsecond)
	}
	return d.Round(time.Microsecond)
}

func (e *exam) redis(ctx context.Context) {
	const check = "redis"
	client, err := dial(e.cfg.Redis)
	switch {
	case err != nil:
		e.bad(check, "the address cannot be read", "redis.url takes an address such as redis://10.0.0.5:6379/0")
		return
	case client == nil && e.cfg.Redis.Replicas > 1:
		e.bad(check, fmt.Sprintf("not configured, although %d replicas share the load", e.cfg.Redis.Replicas), "set redis.url, or redis.replicas: 1")
		return
	case client == nil:
		e.skip(check, "not configured: limits are counted in the process")
		return
	}
	defer client.Close()
	took, err := medianOf(5, func() error { return client.Ping(ctx).Err() })
	if err != nil {
		e.bad(check, "does not answer: "+err.Error(), "start it, or look at redis.url and at what lies between; meanwhile every comment is held")
		return
	}
	e.redisFit(ctx, client, took, redisMarks(ctx, client))
}

// redisMarks does what the program does with Redis, on a challenge that nobody was given, and asks every primary of a cluster.
func redisMarks(ctx context.Context, client redis.UniversalClient) error {
	var id [12]byte
	rand.Read(id[:])
	_, err := captcha.Redis{Client: client}.Spend(ctx, id, "doctor", false, time.Now())
	if isCluster(client) && err == nil {
		err = client.(*redis.ClusterClient).ForEachMaster(ctx, func(ctx context.Context, node *redis.Client) error { return node.Ping(ctx).Err() })
	}
	return err
}

func isCluster(client redis.UniversalClient) bool {
	_, is := client.(*redis.ClusterClient)
	return is
}

// redisFit looks at what Redis says of itself; fault is why it does not do what it is there for.
func (e *exam) redisFit(ctx context.Context, client redis.UniversalClient, took time.Duration, fault error) {
	const check = "redis"
	text, err := client.Info(ctx).Result()
	if err != nil && fault == nil {
		e.ok(check, "answers in %s; its settings were not seen: %v", round(took), err)
		return
	}
	info := map[string]string{}
	for line := range strings.SplitSeq(text, "\n") {
		name, value, _ := strings.Cut(strings.TrimSpace(line), ":")
		info[name] = value
	}
	version, policy := cmp.Or(info["redis_version"], "?"), info["maxmemory_policy"]
	major, _, _ := strings.Cut(version, ".")
	number, _ := strconv.Atoi(major)
	switch found := fmt.Sprintf("version %s, answers in %s, maxmemory-policy %s", version, round(took), policy); {
	case policy != "" && policy != "noeviction":
		e.bad(check, found, "set maxmemory-policy noeviction: otherwise it forgets limits and used challenges when it is full")
	case number > 0 && number < 6:
		e.bad(check, found, "use Redis 6 or newer")
	case info["role"] == "slave":
		e.bad(check, found+", a replica", "name the primary in redis.url: a replica cannot be written")
	case info["cluster_enabled"] == "1" && !isCluster(client):
		e.bad(check, found+", a node of a cluster", "name it as redis+cluster://HOST:PORT,HOST:PORT in redis.url; meanwhile every comment is held")
	case fault != nil:
		e.bad(check, "answers, but cannot do its work: "+fault.Error(), "look at its log, and at the other nodes of a cluster; meanwhile comments are held")
	case took > 20*time.Millisecond:
		e.bad(check, found, "put it nearer: a command may take 50 ms, then limits are counted in the process")
	default:
		e.ok(check, "%s", found)
	}
}

func (e *exam) sites(ctx context.Context) {
	const check = "sites"
	if e.db == nil {
		e.skip(check, "not looked at without the database")
		return
	}
	all, err := e.db.Sites(ctx)
	if err != nil {
		e.bad(check, "cannot be read: "+err.Error(), "run balasan verify")
		return
	}
	if len(all) == 0 {
		e.bad(check, "there are none", "balasan site add ID --origin https://portal.example")
	}
	secure := strings.HasPrefix(e.cfg.PublicURL, "https://")
	for _, site := range all {
		mixed := slices.ContainsFunc(site.Origins, func(o string) bool { return strings.HasPrefix(o, "https://") }) && e.cfg.PublicURL != "" && !secure
		switch {
		case len(site.Origins) == 0 && site.ID != "demo":
			e.bad(check, site.ID+" has no origin: no page may send comments to it", "balasan site change "+site.ID+" --origin https://portal.example")
		case mixed:
			e.bad(check, site.ID+" is served over https, but public_url is not: browsers refuse the form", "put a proxy with a certificate in front and set public_url: https://…")
		default:
			e.ok(check, "%s takes comments from %s", site.ID, cmp.Or(strings.Join(site.Origins, ", "), "its demo page"))
		}
	}
}
