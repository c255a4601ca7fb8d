module shop.example/gateway

go 1.20

require (
	github.com/golang-jwt/jwt/v4 v4.4.2
	golang.org/x/crypto v0.6.0
	golang.org/x/net v0.6.0
	gopkg.in/yaml.v3 v3.0.0-20210107192922-496545a6307b
)

require (
	golang.org/x/sys v0.5.0 // indirect
	golang.org/x/text v0.7.0 // indirect
)
