// Rpmlist prints the packages of an rpm database, one `name<TAB>version<TAB>architecture` a line, read by a library
// that shares nothing with Plimsoll: the live tests compare the two lists.
package main

import (
	"fmt"
	"os"

	rpmdb "github.com/knqyf263/go-rpmdb/pkg"
	_ "modernc.org/sqlite"
)

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "usage: rpmlist DATABASE")
		os.Exit(2)
	}
	db, err := rpmdb.Open(os.Args[1])
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	packages, err := db.ListPackages()
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	for _, p := range packages {
		epoch := ""
		if p.Epoch != nil && *p.Epoch != 0 {
			epoch = fmt.Sprintf("%d:", *p.Epoch)
		}
		fmt.Printf("%s\t%s%s-%s\t%s\n", p.Name, epoch, p.Version, p.Release, p.Arch)
	}
}
