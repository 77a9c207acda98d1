// A Socket.IO server with rooms, which Confab is measured against. It stores nothing.
//
//   emit "join", room, answer   enters a room, and is answered
//   emit "say", room, text      "said", text goes to everybody in the room, the sender among them
const { createServer } = require("http");
const { Server } = require("socket.io");

const http = createServer();
const io = new Server(http, { transports: ["websocket"], serveClient: false });

io.on("connection", (socket) => {
  socket.on("join", (room, answer) => {
    socket.join(room);
    answer();
  });
  socket.on("say", (room, text) => io.to(room).emit("said", text));
});

http.listen(0, "127.0.0.1", () => console.log(`ready: http://127.0.0.1:${http.address().port}`));
