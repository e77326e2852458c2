// Command reading reads certificates, keys and kubeconfigs with the libraries that must read them in a cluster, and says what they read.
//
// Standard input holds a JSON object a line: way and the data for it, in base64. Standard output gets an object for each.
package main

import (
	"bufio"
	"crypto"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"encoding/hex"
	"encoding/json"
	"log"
	"os"
	"time"

	"k8s.io/client-go/tools/clientcmd"
	"k8s.io/client-go/util/cert"
	"k8s.io/client-go/util/keyutil"
	"sigs.k8s.io/cluster-api/util/certs"
)

type input struct {
	Way  string    `json:"way"`
	Data []byte    `json:"data"`
	More []byte    `json:"more"`
	Now  time.Time `json:"now"`
}

type certificate struct {
	Subject   string `json:"subject"`
	NotBefore string `json:"notBefore"`
	NotAfter  string `json:"notAfter"`
	SHA256    string `json:"sha256"`
	IsCA      bool   `json:"isCA"`
}

type result struct {
	Error        string        `json:"error,omitempty"`
	Certificates []certificate `json:"certificates,omitempty"`
	Keys         []string      `json:"keys,omitempty"`
	Server       string        `json:"server,omitempty"`
	Data         []string      `json:"data,omitempty"`
}

func sum(b []byte) string {
	s := sha256.Sum256(b)
	return hex.EncodeToString(s[:])
}

func told(all ...*x509.Certificate) []certificate {
	made := make([]certificate, 0, len(all))
	for _, c := range all {
		made = append(made, certificate{
			Subject:   c.Subject.String(),
			NotBefore: c.NotBefore.UTC().Format(time.RFC3339),
			NotAfter:  c.NotAfter.UTC().Format(time.RFC3339),
			SHA256:    sum(c.RawSubjectPublicKeyInfo),
			IsCA:      c.BasicConstraintsValid && c.IsCA,
		})
	}
	return made
}

func public(key crypto.PublicKey) ([]string, error) {
	der, err := x509.MarshalPKIXPublicKey(key)
	return []string{sum(der)}, err
}

// pair is read as a kubeconfig's client certificate or external etcd's.
func pair(in input) (result, error) {
	read, err := tls.X509KeyPair(in.Data, in.More)
	if err != nil {
		return result{}, err
	}
	leaf, err := x509.ParseCertificate(read.Certificate[0])
	if err != nil {
		return result{}, err
	}
	return result{Certificates: told(leaf)}, nil
}

// signer is read as a CA with which Cluster API signs.
func signer(in input) (result, error) {
	ca, err := certs.DecodeCertPEM(in.Data)
	if err != nil {
		return result{}, err
	}
	return result{Certificates: told(ca)}, nil
}

func privateKey(in input) (result, error) {
	key, err := certs.DecodePrivateKeyPEM(in.Data)
	if err != nil {
		return result{}, err
	}
	keys, err := public(key.Public())
	return result{Keys: keys}, err
}

func publicKeys(in input) (result, error) {
	read, err := keyutil.ParsePublicKeysPEM(in.Data)
	if err != nil {
		return result{}, err
	}
	var keys []string
	for _, key := range read {
		one, err := public(key)
		if err != nil {
			return result{}, err
		}
		keys = append(keys, one...)
	}
	return result{Keys: keys}, nil
}

func file(in input) (result, error) {
	read, err := cert.ParseCertsPEM(in.Data)
	if err != nil {
		return result{}, err
	}
	return result{Certificates: told(read...)}, nil
}

func kubeconfig(in input) (result, error) {
	config, err := clientcmd.RESTConfigFromKubeConfig(in.Data)
	if err != nil {
		return result{}, err
	}
	data := []string{sum(config.CAData), sum(config.CertData)}
	return result{Server: config.Host, Data: data}, nil
}

// verify takes the leaf and its chain, and the authorities, as a server verifies its client.
func verify(in input) (result, error) {
	chain, err := cert.ParseCertsPEM(in.Data)
	if err != nil {
		return result{}, err
	}
	roots, intermediates := x509.NewCertPool(), x509.NewCertPool()
	roots.AppendCertsFromPEM(in.More)
	for _, c := range chain[1:] {
		intermediates.AddCert(c)
	}
	_, err = chain[0].Verify(x509.VerifyOptions{
		Roots:         roots,
		Intermediates: intermediates,
		CurrentTime:   in.Now,
		KeyUsages:     []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth},
	})
	return result{}, err
}

var ways = map[string]func(input) (result, error){
	"signer": signer, "pair": pair, "file": file, "private": privateKey, "public": publicKeys, "kubeconfig": kubeconfig, "verify": verify,
}

func main() {
	lines := bufio.NewScanner(os.Stdin)
	lines.Buffer(nil, 1<<24)
	out := json.NewEncoder(os.Stdout)
	for lines.Scan() {
		var in input
		if err := json.Unmarshal(lines.Bytes(), &in); err != nil {
			log.Fatal(err)
		}
		made, err := ways[in.Way](in)
		if err != nil {
			made = result{Error: err.Error()}
		}
		if err := out.Encode(made); err != nil {
			log.Fatal(err)
		}
	}
	if err := lines.Err(); err != nil {
		log.Fatal(err)
	}
}
