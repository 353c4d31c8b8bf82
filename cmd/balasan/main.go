// The program balasan takes in comments for portals, keeps spam out and lets editors decide.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"
	_ "time/tzdata" // the image has no files but this program

	"github.com/alecthomas/kong"
	"github.com/willabides/kongplete"

	"balasan/configs"
	"balasan/store"
)

// program is every command. A new one is a file of its own and a line here.
type program struct {
	Config string `placeholder:"FILE" type:"path" env:"BALASAN_CONFIG" help:"Configuration laid over the built-in one."`
	Data   string `placeholder:"FOLDER" help:"Folder of the database and the keys, ./data unless configured. Also BALASAN_DATA."`

	Serve       serveCmd       `cmd:"" help:"Take in comments and serve the queue. On an empty folder: create keys, database and a demo, and print where to look."`
	Check       checkCmd       `cmd:"" help:"Tell every fault of the configuration with its line, without starting anything."`
	Site        siteCmd        `cmd:"" help:"Add and list the portals that embed the form."`
	Editor      editorCmd      `cmd:"" help:"Let people in, and scripts."`
	Announce    announceCmd    `cmd:"" help:"Look after announcements: who is told, and what could not be."`
	Doctor      doctorCmd      `cmd:"" help:"Look for what is wrong with this installation and say how to mend it."`
	Challenge   challengeCmd   `cmd:"" help:"Look into challenges, for support and tests."`
	Migrate     migrateCmd     `cmd:"" help:"Bring the database up to date with this program (serve does it too)."`
	Verify      verifyCmd      `cmd:"" help:"Read every row and check what must hold."`
	Keys        keysCmd        `cmd:"" help:"Look after the master keys."`
	Privacy     privacyCmd     `cmd:"" help:"Tell what personal data is held."`
	DB          dbCmd          `cmd:"" name:"db" help:"Move the database."`
	Backup      backupCmd      `cmd:"" help:"Write a consistent copy of the database while it is in use."`
	Healthcheck healthcheckCmd `cmd:"" help:"Ask a running instance whether it is well; for containers."`
	Eval        evalCmd        `cmd:"" help:"Measure the classifier, the rules and the whole judge on labelled texts."`
	Train       trainCmd       `cmd:"" help:"Make the classifier's weights from labelled texts, the same bytes from the same files."`
	Rules       rulesCmd       `cmd:"" help:"Test, back-test, count and import rules."`
	Try         tryCmd         `cmd:"" help:"Weigh a text and show every signal."`
	Explain     explainCmd     `cmd:"" help:"Show why a stored comment was judged as it was."`
	Version     versionCmd     `cmd:"" help:"Print the version."`

	Completion kongplete.InstallCompletions `cmd:"" help:"Print what your shell needs to complete commands."`
}

const about = `Self-hosted comments for portals: takes them in, keeps spam out, lets editors decide.

Settings come from the built-in configuration, the file of --config, the environment
(BALASAN_LISTEN and so on) and flags; later ones win. "balasan check --print" shows them all.

Exit codes: 0 all is well, 1 it failed, 2 the command line or the configuration is wrong.`

// Exit codes that scripts may trust.
const (
	well   = 0
	failed = 1
	misuse = 2
)

// console is where a command reads and writes.
type console struct {
	in      io.Reader
	out     io.Writer
	err     io.Writer
	environ []string
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := run(ctx, os.Args[1:], console{os.Stdin, os.Stdout, os.Stderr, os.Environ()})
	stop()
	os.Exit(code)
}

// run is the whole program but for the process around it.
func run(ctx context.Context, args []string, c console) int {
	var p program
	parser := kong.Must(&p, kong.Name("balasan"), kong.Description(about), kong.Writers(c.out, c.err),
		kong.ConfigureHelp(kong.HelpOptions{Compact: true, NoExpandSubcommands: true, Tree: true}),
		kong.BindTo(ctx, (*context.Context)(nil)), kong.Bind(&p, c), kong.Exit(func(int) { panic(leave{}) }))
	kongplete.Complete(parser, kongplete.WithExitFunc(os.Exit))
	return c.execute(parser, args)
}

// leave ends a run after help, where kong would end the process.
type leave struct{}

func (c console) execute(parser *kong.Kong, args []string) (code int) {
	defer func() {
		if left := recover(); left != nil {
			if _, ok := left.(leave); !ok {
				panic(left)
			}
		}
	}()
	if len(args) == 0 || args[0] == "help" {
		args = append(args[min(1, len(args)):], "--help")
	}
	parsed, err := parser.Parse(args)
	if err != nil {
		fmt.Fprintf(c.err, "balasan: %v\nTry: balasan --help\n", err)
		return misuse
	}
	return c.outcome(parsed.Run())
}

// outcome says what went wrong and picks the exit code.
func (c console) outcome(err error) int {
	switch {
	case err == nil:
		return well
	case isMisuse(err):
		fmt.Fprintln(c.err, err)
		return misuse
	default:
		fmt.Fprintln(c.err, "balasan:", inOneLine(err.Error()))
		return failed
	}
}

// misused is a wrong argument that no grammar can refuse.
type misused struct{ error }

func isMisuse(err error) bool {
	_, config := errors.AsType[configs.Faults](err)
	_, args := errors.AsType[misused](err)
	return config || args
}

// load reads the configuration for a command; flags are "path=value".
func (p *program) load(c console, flags ...string) (configs.Config, error) {
	cfg, err := configs.Load(p.Config, c.environ, append(flags, "data="+p.Data)...)
	if err == nil {
		err = p.addresses(c, cfg)
	}
	return cfg, unreadable(err)
}

// addresses are read as those read them who use them: they have options of their own.
func (p *program) addresses(c console, cfg configs.Config) error {
	client, err := dial(cfg.Redis)
	if client != nil {
		err = client.Close() // it has not connected yet
	}
	var faults configs.Faults
	for _, address := range []struct {
		setting string
		err     error
	}{{"database.url", store.ReadURL(cfg.Database.URL)}, {"database.replica", store.ReadURL(cfg.Database.Replica)}, {"redis.url", err}} {
		if address.err != nil {
			at := configs.At(p.Config, c.environ, address.setting)
			at.Text = fmt.Sprintf("%q: %v", address.setting, address.err)
			faults = append(faults, at)
		}
	}
	return faults.Err()
}

// unreadable makes a file that cannot be read a wrong argument.
func unreadable(err error) error {
	if _, config := errors.AsType[configs.Faults](err); err != nil && !config {
		return misused{err}
	}
	return err
}

// json writes one value for machines.
func (c console) json(v any) error {
	e := json.NewEncoder(c.out)
	e.SetIndent("", "  ")
	return e.Encode(v)
}
