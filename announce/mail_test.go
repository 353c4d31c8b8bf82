package announce

import (
	netmail "net/mail"
	"time"

	"balasan/internal/mailtest"
)

// reached is a server as balasan is configured to speak to it.
func reached(box *mailtest.Box, encryption string) MailServer {
	s := MailServer{Host: "127.0.0.1", Port: box.Port, Encryption: encryption, Timeout: 2 * time.Second, Roots: box.Roots,
		From: netmail.Address{Name: "Redaksi Desa", Address: "redaksi@desa.example"}, Others: []Route{}}
	s.Username, s.Password = box.Login[0], box.Login[1]
	return s
}
