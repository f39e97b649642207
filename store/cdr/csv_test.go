package cdr

import (
	"encoding/csv"
	"strings"
	"testing"
)

func TestCSVKeepsWhatFarEndsWriteInOneColumn(t *testing.T) {
	r := Record{CallID: "k3v9x2mqa7", FromNumber: "201", FromName: "=HYPERLINK(\"x\"),\nEvil", Dialed: "202", Start: at0, Answer: after(2000), End: after(9000), Duration: 9, BillSec: 7, Result: ResultAnswered}
	for template, columns := range map[Template]int{TemplateTandem: len(columns()), TemplateAsterisk: 17} {
		rows, err := csv.NewReader(strings.NewReader(string(WriteCSV([]Record{r}, template, true)))).ReadAll()
		if err != nil || len(rows[len(rows)-1]) != columns {
			t.Fatalf("%s: %v, %v", template, rows, err)
		}
		if template == TemplateTandem && (rows[0][6] != "from_name" || !strings.HasPrefix(rows[1][6], "'=")) {
			t.Errorf("the name is %q", rows[1][6])
		}
		if template == TemplateAsterisk && (rows[0][14] != "ANSWERED" || rows[0][13] != "7" || rows[0][16] != "k3v9x2mqa7") {
			t.Errorf("Asterisk would not write %q", rows[0])
		}
	}
}
