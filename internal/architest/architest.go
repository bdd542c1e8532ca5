// Package architest holds the directions in which packages may import one another (docs/architecture.md, "The house").
//
// The rules are data: each folder of internal/ stands on a floor, and a package imports its own floor and those below.
// Some rules are sharper than the floors: leaves use the standard library and no module, no slice of a wing imports another
// slice, connectors see the spine's vocabulary but no platform and no pump, the sandbox sees leaves only, and native code
// is loaded by one command alone.
package architest

import (
	"fmt"
	"strings"
)

// Module is the path under which all packages of the repository live.
const Module = "github.com/qunzhu/qunzhu"

// Package is what the rules need to know of a package: its import path and the paths that its non-test files import.
type Package struct {
	ImportPath string
	Imports    []string
}

type floor int

const (
	unknown floor = iota
	leaf
	platform
	spine
	wing    // and the console of the spine itself
	adapter // beside the wings: neither imports the other
	composition
	command
)

var floorNames = map[floor]string{
	leaf: "leaf", platform: "platform", spine: "spine", wing: "wing", adapter: "adapter",
	composition: "app", command: "command",
}

// floors says where each folder of internal/ stands.
var floors = map[string]floor{
	"id": leaf, "fault": leaf, "clock": leaf, "config": leaf, "i18n": leaf, "seal": leaf,
	"mission": leaf, "architest": leaf,

	"db": platform, "job": platform, "auth": platform, "audit": platform, "settings": platform, "web": platform,
	"api": platform,

	"community": spine, "event": spine, "effect": spine, "task": spine, "connector": spine,
	"activity": spine, "metric": spine, "hub": spine, "feature": spine,

	"plan": wing, "create": wing, "govern": wing, "grow": wing, "content": wing,
	"measure": wing, "risk": wing, "compare": wing, "desk": wing,

	"connectors": adapter, "sandbox": adapter,

	"app": composition,
}

// place is a package's position: its floor, the folder of internal/ or cmd/ it belongs to, and the unit that must not
// reach into its neighbours (a slice such as govern/moderation, a connector such as connectors/wecom).
type place struct {
	floor  floor
	folder string
	unit   string
}

func locate(importPath string) place {
	path := strings.TrimPrefix(importPath, Module+"/")
	parts := strings.Split(path, "/")
	switch parts[0] {
	case "cmd":
		return place{floor: command, folder: "cmd", unit: path}
	case "internal":
		parts = parts[1:]
	default:
		return place{}
	}
	at := place{floor: floors[parts[0]], folder: parts[0], unit: parts[0]}
	divided := at.floor == wing && at.folder != "desk" || at.folder == "connectors"
	if divided && len(parts) > 1 {
		at.unit = parts[0] + "/" + parts[1]
	}
	return at
}

// Check returns one sentence for each import of p that goes the wrong way; none means that all is well.
func Check(p Package) []string {
	from := locate(p.ImportPath)
	if from.floor == unknown {
		return []string{fmt.Sprintf("%s stands on no floor: add its folder to the table in internal/architest", p.ImportPath)}
	}
	var faults []string
	for _, path := range p.Imports {
		if reason := forbidden(from, path); reason != "" {
			faults = append(faults, fmt.Sprintf("%s imports %s: %s", p.ImportPath, path, reason))
		}
	}
	return faults
}

func forbidden(from place, path string) string {
	if !strings.HasPrefix(path, Module+"/") {
		return forbiddenOutside(from, path)
	}
	to := locate(path)
	switch {
	case to.floor == unknown:
		return "it stands on no floor: add its folder to the table in internal/architest"
	case to.unit == from.unit:
		return ""
	case to.floor == command:
		return "a command is imported by nobody"
	case to.floor == composition && from.floor != command:
		return "only a command imports app"
	case from.unit == "cmd/qunzhu" && to.floor != composition:
		return "cmd/qunzhu imports app and nothing else of the house"
	case from.folder == "desk" && to.folder == "connectors":
		// docs/adr/0007-desk-knows-connectors.md
		return ""
	case from.floor < to.floor:
		return fmt.Sprintf("a %s package may not import a %s package, imports go down only", floorNames[from.floor], floorNames[to.floor])
	}
	return forbiddenBeside(from, to)
}

// forbiddenBeside judges imports that the floors alone would allow.
func forbiddenBeside(from, to place) string {
	switch {
	case from.floor == wing && to.floor == wing:
		return "a slice never imports a slice: react to its event, return an effect, or declare a one-method interface that app fills"
	case from.floor == adapter && to.floor == wing:
		return "an adapter knows no wing"
	case from.folder == "sandbox" && to.floor != leaf:
		return "the sandbox imports leaves only, or it would test the server with the server's own code"
	case from.folder == "connectors" && to.folder == "connectors":
		return "a connector never imports another connector"
	case from.folder == "connectors" && to.floor == platform:
		return "a connector translates; databases, pages and operators are the hub's and the console's business"
	case from.folder == "connectors" && (to.folder == "hub" || to.floor == adapter):
		return "a connector knows the vocabulary of the spine, not the pump and not the sandbox"
	}
	return ""
}

func forbiddenOutside(from place, path string) string {
	thirdParty := strings.Contains(strings.SplitN(path, "/", 2)[0], ".")
	switch {
	case from.floor == leaf && thirdParty:
		return "a leaf imports the standard library and other leaves only"
	case strings.HasPrefix(path, "github.com/ebitengine/purego") && from.unit != "cmd/archive-puller":
		return "only cmd/archive-puller loads native code (docs/adr/0006-native-archive-library.md)"
	}
	return ""
}
