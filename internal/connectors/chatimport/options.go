package chatimport

import (
	"time"

	"github.com/qunzhu/qunzhu/internal/fault"
)

// Limits bound what one file may cost; zero fields take the defaults.
type Limits struct {
	Line     int   // bytes of a line, table row or JSON value; default 1 MiB
	Text     int   // bytes of a message text that are kept; default 64 KiB
	Workbook int64 // bytes of an XLSX file; default 64 MiB
	Unpacked int64 // bytes a workbook may unpack to; default 1 GiB
	Ratio    int64 // unpacked to packed bytes of a workbook; default 200
	Senders  int   // entries of an arkme senders table; default 100 000
}

func (l Limits) withDefaults() Limits {
	def := func(v *int, d int) {
		if *v <= 0 {
			*v = d
		}
	}
	def64 := func(v *int64, d int64) {
		if *v <= 0 {
			*v = d
		}
	}
	def(&l.Line, 1<<20)
	def(&l.Text, 64<<10)
	def(&l.Senders, 100_000)
	def64(&l.Workbook, 64<<20)
	def64(&l.Unpacked, 1<<30)
	def64(&l.Ratio, 200)
	return l
}

// Options say how a file is read.
type Options struct {
	Name    string         // file name; it breaks ties in detection and is shown in errors
	Format  Format         // read as this format, whatever the file looks like
	Zone    *time.Location // of times written without one; default Asia/Shanghai
	Now     time.Time      // times more than ten minutes later are refused; default the clock
	Mapping *Mapping       // columns of a table; default what GuessMapping finds

	// DeclaredFrom and DeclaredTo are the period the operator says the file
	// covers, both inclusive; records outside are row errors. They also give the day or
	// year to formats that may lack it.
	DeclaredFrom, DeclaredTo time.Time

	Limits Limits
}

func (o Options) withDefaults() (Options, error) {
	if o.Zone == nil {
		// China has kept one offset since 1992, so no zone database is needed.
		o.Zone = time.FixedZone("Asia/Shanghai", 8*60*60)
	}
	if o.Now.IsZero() {
		o.Now = time.Now()
	}
	o.Limits = o.Limits.withDefaults()
	if !o.DeclaredFrom.IsZero() && !o.DeclaredTo.IsZero() && o.DeclaredTo.Before(o.DeclaredFrom) {
		return o, fault.InvalidField("declared_to", "chatimport.period_reversed")
	}
	if o.Format != "" && !o.Format.known() {
		return o, fault.InvalidField("format", "chatimport.format_unknown", FormatNames())
	}
	return o, nil
}
