// Podsecurity prints what the admission controller's own library says of every pod of a suite, one line a file:
// path relative to the suite, tab, empty if the pod is allowed, else the list of reasons as the API server words it.
package main

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/pod-security-admission/api"
	"k8s.io/pod-security-admission/policy"
	"sigs.k8s.io/yaml"
)

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "usage: podsecurity SUITE")
		os.Exit(2)
	}
	root := os.Args[1]
	evaluator, err := policy.NewEvaluator(policy.DefaultChecks(), nil)
	exit(err)
	exit(filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || !strings.HasSuffix(path, ".yaml") {
			return err
		}
		name, err := filepath.Rel(root, path)
		if err != nil {
			return err
		}
		parts := strings.Split(name, "/")
		level, err := api.ParseLevel(parts[0])
		if err != nil {
			return err
		}
		version, err := api.ParseVersion(parts[1])
		if err != nil {
			return err
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		var pod corev1.Pod
		if err := yaml.UnmarshalStrict(text, &pod); err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		// What the API server fills in before it asks.
		for i := range pod.Spec.Volumes {
			if pod.Spec.Volumes[i].VolumeSource == (corev1.VolumeSource{}) {
				pod.Spec.Volumes[i].EmptyDir = &corev1.EmptyDirVolumeSource{}
			}
		}
		at := api.LevelVersion{Level: level, Version: version}
		result := policy.AggregateCheckResults(evaluator.EvaluatePod(at, &pod.ObjectMeta, &pod.Spec))
		fmt.Printf("%s\t%s\n", name, result.ForbiddenDetail())
		return nil
	}))
}

func exit(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
