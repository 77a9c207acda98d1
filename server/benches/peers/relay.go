// Relay is what Confab is measured against: the demo's server, written the way gorilla's own chat example is. It
// stores nothing.
//
//	/ws?userID=123            frames {"userID1":"123","userID2":"456","data":"hi"} go on to user 456 as they are
//	/ws?userID=123&room=blue  frames with "type":2 and "userID2":"blue" go on to everybody in that room
package main

import (
	"encoding/json"
	"flag"
	"fmt"
	"log"
	"net"
	"net/http"
	"sync"
	"time"

	"github.com/gorilla/websocket"
)

const (
	queueLength = 50
	writeWait   = 10 * time.Second
	pongWait    = 60 * time.Second
	pingPeriod  = pongWait * 9 / 10
	maxFrame    = 64 * 1024
)

// message is a frame of the demo's dialect.
type message struct {
	Type    int    `json:"type"`
	UserID1 string `json:"userID1"`
	UserID2 string `json:"userID2"`
	Data    string `json:"data"`
}

// outgoing is what a connection's queue holds: bytes for one, or a message prepared once for many.
type outgoing struct {
	bytes    []byte
	prepared *websocket.PreparedMessage
}

type client struct {
	id   string
	room string
	conn *websocket.Conn
	send chan outgoing
	gone chan struct{}
}

// hub knows who is connected: read for every message, written when somebody comes or goes.
type hub struct {
	mu    sync.RWMutex
	users map[string]*client
	rooms map[string]map[*client]struct{}
}

var (
	upgrader = websocket.Upgrader{CheckOrigin: func(*http.Request) bool { return true }}
	everyone = hub{users: map[string]*client{}, rooms: map[string]map[*client]struct{}{}}
)

func (h *hub) enter(c *client) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.users[c.id] = c
	if c.room != "" {
		if h.rooms[c.room] == nil {
			h.rooms[c.room] = map[*client]struct{}{}
		}
		h.rooms[c.room][c] = struct{}{}
	}
}

func (h *hub) leave(c *client) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.users[c.id] == c {
		delete(h.users, c.id)
	}
	delete(h.rooms[c.room], c)
	if len(h.rooms[c.room]) == 0 {
		delete(h.rooms, c.room)
	}
}

func (h *hub) private(id string, frame []byte) {
	h.mu.RLock()
	c := h.users[id]
	h.mu.RUnlock()
	if c != nil {
		c.queue(outgoing{bytes: frame})
	}
}

func (h *hub) fanOut(room string, frame []byte) {
	prepared, err := websocket.NewPreparedMessage(websocket.TextMessage, frame)
	if err != nil {
		return
	}
	h.mu.RLock()
	defer h.mu.RUnlock()
	for c := range h.rooms[room] {
		c.queue(outgoing{prepared: prepared})
	}
}

// queue never waits: who cannot keep up is cut off, as in gorilla's example.
func (c *client) queue(o outgoing) {
	select {
	case c.send <- o:
	default:
		c.conn.Close()
	}
}

func (c *client) read() {
	defer func() {
		everyone.leave(c)
		close(c.gone)
		c.conn.Close()
	}()
	c.conn.SetReadLimit(maxFrame)
	c.conn.SetReadDeadline(time.Now().Add(pongWait))
	c.conn.SetPongHandler(func(string) error { return c.conn.SetReadDeadline(time.Now().Add(pongWait)) })
	for {
		_, frame, err := c.conn.ReadMessage()
		if err != nil {
			return
		}
		var m message
		if json.Unmarshal(frame, &m) != nil {
			continue
		}
		if m.Type == 2 {
			everyone.fanOut(m.UserID2, frame)
		} else {
			everyone.private(m.UserID2, frame)
		}
	}
}

func (c *client) write() {
	ticker := time.NewTicker(pingPeriod)
	defer func() {
		ticker.Stop()
		c.conn.Close()
	}()
	for {
		select {
		case o := <-c.send:
			c.conn.SetWriteDeadline(time.Now().Add(writeWait))
			var err error
			if o.prepared != nil {
				err = c.conn.WritePreparedMessage(o.prepared)
			} else {
				err = c.conn.WriteMessage(websocket.TextMessage, o.bytes)
			}
			if err != nil {
				return
			}
		case <-ticker.C:
			c.conn.SetWriteDeadline(time.Now().Add(writeWait))
			if c.conn.WriteMessage(websocket.PingMessage, nil) != nil {
				return
			}
		case <-c.gone:
			return
		}
	}
}

func serve(w http.ResponseWriter, r *http.Request) {
	conn, err := upgrader.Upgrade(w, r, nil)
	if err != nil {
		return
	}
	query := r.URL.Query()
	c := &client{
		id:   query.Get("userID"),
		room: query.Get("room"),
		conn: conn,
		send: make(chan outgoing, queueLength),
		gone: make(chan struct{}),
	}
	everyone.enter(c)
	go c.write()
	go c.read()
}

func main() {
	listen := flag.String("listen", "127.0.0.1:0", "the address to listen on")
	flag.Parse()
	listener, err := net.Listen("tcp", *listen)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("ready: http://%s\n", listener.Addr())
	http.HandleFunc("/ws", serve)
	log.Fatal(http.Serve(listener, nil))
}
