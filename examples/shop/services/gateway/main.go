// Gateway lets in who has a token and passes the request on.
package main

import (
	"log"
	"net/http"
	"os"
	"strings"

	"github.com/golang-jwt/jwt/v4"
	"golang.org/x/crypto/ssh"
	"golang.org/x/net/http2"
	"golang.org/x/net/http2/h2c"
	"gopkg.in/yaml.v3"
)

type routes struct {
	Upstreams map[string]string `yaml:"upstreams"`
	HostKey   string            `yaml:"hostKey"`
}

func main() {
	file, err := os.ReadFile("routes.yaml")
	if err != nil {
		log.Fatal(err)
	}
	var config routes
	if err := yaml.Unmarshal(file, &config); err != nil {
		log.Fatal(err)
	}
	if _, _, _, _, err := ssh.ParseAuthorizedKey([]byte(config.HostKey)); err != nil {
		log.Print("no host key for the supplier's server: ", err)
	}
	handler := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		token := strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer ")
		_, err := jwt.Parse(token, func(*jwt.Token) (any, error) { return []byte(os.Getenv("TOKEN_KEY")), nil })
		if err != nil {
			http.Error(w, "who are you?", http.StatusUnauthorized)
			return
		}
		http.Redirect(w, r, config.Upstreams[r.URL.Path], http.StatusTemporaryRedirect)
	})
	log.Fatal(http.ListenAndServe(":8080", h2c.NewHandler(handler, &http2.Server{})))
}
