package importing_test

import (
	"context"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/qunzhu/qunzhu/internal/desk/importing"
	"github.com/qunzhu/qunzhu/internal/fault"
	"github.com/qunzhu/qunzhu/internal/job"
)

var operator = importing.Actor{Kind: "operator", ID: "op", Name: "李敏"}

// work runs jobs until the batch leaves the given states.
func (b *bench) work(batch string, until importing.State) importing.Batch {
	b.t.Helper()
	runner, err := job.NewRunner(b.db, b.s.Handlers(), b.s.Schedules(), job.Options{Workers: 1, Poll: 10 * time.Millisecond, Clock: b.clock, Zone: shanghai})
	if err != nil {
		b.t.Fatal(err)
	}
	runner.Start(context.Background())
	defer func() {
		if err := runner.Stop(context.Background()); err != nil {
			b.t.Error(err)
		}
	}()
	deadline := time.Now().Add(20 * time.Second)
	for {
		got, err := b.s.Get(context.Background(), everything{}, batch)
		if err != nil {
			b.t.Fatal(err)
		}
		if got.State == until {
			return got
		}
		if time.Now().After(deadline) {
			b.t.Fatalf("the batch stays %s: %s", got.State, got.Error)
		}
		time.Sleep(10 * time.Millisecond)
	}
}

func (b *bench) upload(text, name string) importing.Upload {
	b.t.Helper()
	u, err := b.s.Upload(context.Background(), strings.NewReader(text), name, operator)
	if err != nil {
		b.t.Fatal(err)
	}
	return u
}

func TestAnUploadIsInspectedTriedOutAndImportedByAJob(t *testing.T) {
	each(t, func(b *bench) {
		ctx := context.Background()
		u := b.upload(talk("甲群", "2026-04-06", 0, 40), "聊天.txt")
		if _, err := b.s.Uploaded(ctx, u.ID, importing.Actor{ID: "somebody else"}); !fault.Is(err, fault.NotFound) {
			b.t.Errorf("somebody else's upload is there: %v", err)
		}
		seen, err := b.s.Inspect(ctx, u, importing.Request{})
		if err != nil {
			b.t.Fatal(err)
		}
		if seen.Group != "甲群" || len(seen.Rows) != 20 || !seen.Mapped || seen.Table || seen.Sample.Messages != 40 || seen.Sample.Members != 3 || seen.Partial {
			b.t.Errorf("inspection %+v", seen)
		}
		tried, err := b.s.TryOut(ctx, u, importing.Request{}, nil)
		if err != nil || tried.Messages != 40 {
			b.t.Errorf("tried out %+v, %v", tried, err)
		}
		batch, err := b.s.Start(ctx, u, importing.Request{By: operator})
		if err != nil {
			b.t.Fatal(err)
		}
		if err := b.s.StartUndo(ctx, everything{}, batch.ID, operator); !fault.Is(err, fault.Conflict) {
			b.t.Errorf("a batch that is being imported could be undone: %v", err)
		}
		done := b.work(batch.ID, importing.Done)
		if done.Messages != 40 || done.Members != 3 || done.By.Name != "李敏" {
			b.t.Errorf("done %+v", done)
		}
		files, err := os.ReadDir(b.s.Dir)
		if err != nil || len(files) != 0 {
			b.t.Errorf("files left behind: %v, %v", files, err)
		}
		if err := b.s.StartUndo(ctx, everything{}, batch.ID, operator); err != nil {
			b.t.Fatal(err)
		}
		b.work(batch.ID, importing.Undone)
		b.is("counted", b.row(counted), 0)
		b.is("audit", strings.Join(b.dump("SELECT action FROM audit_entries ORDER BY seq"), " "), "group.adopted import.started import.undone")
	})
}

func TestABrokenFileFailsWithItsReason(t *testing.T) {
	each(t, func(b *bench) {
		ctx := context.Background()
		u := b.upload(`{"chatlab":{"version":"0.0.2"},"meta":{"name":"甲群","platform":"wechat","type":"group"},"members":[],"messages":[
{"sender":"a","accountName":"丽丽","timestamp":1775440800,"type":0,"content":"第一句"},
{"sender":"a","accountName":"丽丽","timest`, "甲群.json")
		batch, err := b.s.Start(ctx, u, importing.Request{By: operator})
		if err != nil {
			b.t.Fatal(err)
		}
		failed := b.work(batch.ID, importing.Failed)
		if failed.Messages != 1 || !strings.Contains(failed.Error, "chatimport.truncated") {
			b.t.Errorf("failed %+v", failed)
		}
		b.is("no coverage of a file that broke off", b.row("SELECT count(*) FROM activity_coverage"), 0)
	})
}

// TestAnImportWhoseWorkerVanishedCanBeContinued: its job has ended, and the
// batch does not know.
func TestAnImportWhoseWorkerVanishedCanBeContinued(t *testing.T) {
	each(t, func(b *bench) {
		ctx := context.Background()
		batch, err := b.s.Start(ctx, b.upload(talk("甲群", "2026-04-06", 0, 5), "a.txt"), importing.Request{By: operator})
		if err != nil {
			b.t.Fatal(err)
		}
		if err := b.s.Resume(ctx, everything{}, batch.ID); !fault.Is(err, fault.Conflict) {
			b.t.Errorf("a batch whose job waits could be continued: %v", err)
		}
		if err := b.queue.Cancel(ctx, b.db, batch.Job, "gone"); err != nil {
			b.t.Fatal(err)
		}
		if err := b.s.Resume(ctx, everything{}, batch.ID); err != nil {
			b.t.Fatal(err)
		}
		if done := b.work(batch.ID, importing.Done); done.Messages != 5 {
			b.t.Errorf("%+v", done)
		}
		if err := b.s.Resume(ctx, everything{}, batch.ID); !fault.Is(err, fault.Conflict) {
			b.t.Errorf("a batch that is done could be continued: %v", err)
		}
	})
}

func TestAUselessFileIsRefusedAtOnce(t *testing.T) {
	each(t, func(b *bench) {
		ctx := context.Background()
		if _, err := b.s.Upload(ctx, strings.NewReader(""), "a.txt", operator); !fault.Is(err, fault.Invalid) {
			b.t.Errorf("an empty file: %v", err)
		}
		u := b.upload("这不是聊天记录\n随便写的", "a.txt")
		if _, err := b.s.Inspect(ctx, u, importing.Request{}); !fault.Is(err, fault.Invalid) {
			b.t.Errorf("inspect: %v", err)
		}
		if _, err := b.s.Start(ctx, u, importing.Request{By: operator}); !fault.Is(err, fault.Invalid) {
			b.t.Errorf("start: %v", err)
		}
		if err := b.s.Discard(ctx, u.ID, operator); err != nil {
			b.t.Fatal(err)
		}
		if files, _ := os.ReadDir(b.s.Dir); len(files) != 0 {
			b.t.Errorf("files left behind: %v", files)
		}
	})
}

func TestSweepForgetsWhatNobodyImported(t *testing.T) {
	each(t, func(b *bench) {
		b.upload(talk("甲群", "2026-04-06", 0, 3), "a.txt")
		res := b.bring("时间,发送人,内容\n坏,丽丽,坏\n2026-04-06 10:00:00,丽丽,好\n", importing.Request{Name: "a.csv", Group: "甲群"})
		b.clock.Set(start.Add(91 * 24 * time.Hour))
		if err := b.s.Sweep(context.Background()); err != nil {
			b.t.Fatal(err)
		}
		b.is("uploads", b.row("SELECT count(*) FROM importing_uploads"), 0)
		b.is("row errors", b.row("SELECT count(*) FROM importing_errors"), 0)
		b.is("the batch stays", b.row("SELECT rejected FROM importing_batches WHERE id=$1", res.Batch), 1)
	})
}
