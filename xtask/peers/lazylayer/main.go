// Stores an archive as a layer with a table of contents, by the libraries of those who made the formats:
// `lazylayer estargz|zstd-chunked ARCHIVE OUT` writes OUT and OUT.json with the annotations and, where the archive
// changed, the digest of the new one.
package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"os"

	"github.com/containerd/stargz-snapshotter/estargz"
	"github.com/containers/storage/pkg/chunked/compressor"
)

func main() {
	if len(os.Args) != 4 {
		fail(fmt.Errorf("lazylayer estargz|zstd-chunked ARCHIVE OUT"))
	}
	archive, err := os.ReadFile(os.Args[2])
	fail(err)
	annotations, diffID := map[string]string{}, ""
	var stored []byte
	if os.Args[1] == "estargz" {
		blob, err := estargz.Build(io.NewSectionReader(bytes.NewReader(archive), 0, int64(len(archive))))
		fail(err)
		stored, err = io.ReadAll(blob)
		fail(err)
		fail(blob.Close())
		annotations[estargz.TOCJSONDigestAnnotation] = blob.TOCDigest().String()
		diffID = blob.DiffID().String()
	} else {
		var out bytes.Buffer
		writer, err := compressor.ZstdCompressor(&out, annotations, nil)
		fail(err)
		_, err = writer.Write(archive)
		fail(err)
		fail(writer.Close())
		stored = out.Bytes()
	}
	text, err := json.Marshal(map[string]any{"annotations": annotations, "diffId": diffID})
	fail(err)
	fail(os.WriteFile(os.Args[3], stored, 0o644))
	fail(os.WriteFile(os.Args[3]+".json", text, 0o644))
}

func fail(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
