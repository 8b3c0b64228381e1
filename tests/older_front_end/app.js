/**
 * A front end as it would have been written for the Node backend: it reads the fields of that backend without asking
 * whether they are there, so that a missing one leaves a blank page, and it listens to the events of that time.
 * `?server=` names the server.
 */

const server = new URLSearchParams(location.search).get("server");
const page = document.getElementById("page");
let token = "";
let socket = null;

async function api(method, path, body) {
  const headers = { "Content-Type": "application/json", ...(token && { Authorization: `Bearer ${token}` }) };
  const answer = await fetch(`${server}/api${path}`, { method, headers, body: body && JSON.stringify(body) });
  const result = await answer.json();
  if (!answer.ok || !result.success) throw new Error(result.message);
  return result;
}

const get = async (path) => (await api("GET", path)).data;

function element(name, properties = {}, ...children) {
  const made = Object.assign(document.createElement(name), properties);
  made.append(...children);
  return made;
}

const button = (text, onclick) => element("button", { type: "button", textContent: text, onclick });
const list = (title, items, none) =>
  element(
    "section",
    { ariaLabel: title },
    element("h2", { textContent: title }),
    items.length > 0 ? element("ul", {}, ...items) : element("p", { textContent: none }),
  );

function signIn() {
  const field = (name, type = "text") => element("input", { name, type, ariaLabel: name });
  const form = element("form", {}, field("email"), field("password", "password"), element("button", { textContent: "Login" }));
  form.onsubmit = async (event) => {
    event.preventDefault();
    const answer = await api("POST", "/auth/login", Object.fromEntries(new FormData(form))).catch((problem) => problem);
    if (answer instanceof Error) return form.append(element("p", { role: "alert", textContent: answer.message }));
    token = answer.token;
    socket = io(`${server}/chat`, { auth: { token } });
    await dashboard((await get("/auth/me")).firstName);
  };
  page.replaceChildren(form);
}

async function dashboard(firstName) {
  const { activeRooms, upcomingEvents, recentResources, notifications } = await get("/dashboard");
  page.replaceChildren(
    element("h1", { textContent: `Welcome back, ${firstName}!` }),
    list(
      "Active rooms",
      activeRooms.map((room) => element("li", { textContent: `${room.name}: ${room.activeMembers} active / ${room.totalMembers} members` })),
      "No active rooms",
    ),
    list("Events", upcomingEvents.map((event) => element("li", { textContent: event.title })), "No events"),
    list("Resources", recentResources.map((resource) => element("li", { textContent: resource.title })), "No resources"),
    list("Notifications", notifications.map((item) => element("li", { textContent: item.message })), "No notifications"),
    button("All rooms", rooms),
  );
}

async function rooms() {
  const { userRooms, discoverRooms } = await get("/study-rooms");
  const card = (room) =>
    element(
      "li",
      {},
      element("p", {
        textContent: `${room.name} by ${room.isOwner ? "you" : room.owner}: ${room.members} members, ${room.resources.toFixed()} resources`,
      }),
      button(`Open ${room.name}`, () => open(room.id)),
    );
  page.replaceChildren(
    list("My rooms", userRooms.map(card), "None"),
    list("Discover", discoverRooms.map(card), "None"),
  );
}

async function open(id) {
  const room = await get(`/study-rooms/${id}`);
  const online = element("p", { ariaLabel: "Online" });
  const log = element("ol", { ariaLabel: "Chat" });
  const more = button("Load more", load);
  const present = new Map();
  let number = 0;

  const line = (message) => element("li", { textContent: `${message.isSystem ? "Room" : message.sender.name}: ${message.content}` });
  const show = () => (online.textContent = [...present.values()].map(({ name, status }) => `${name} ${status}`).join(", "));

  async function load() {
    const { messages, pagination } = await get(`/study-rooms/${id}/messages?page=${++number}&limit=50`);
    log.prepend(...messages.map(line));
    more.hidden = !(pagination.page < pagination.totalPages);
  }

  socket.on("room-users", (users) => {
    for (const user of users) present.set(user.id, user);
    show();
  });
  socket.on("user-joined", (user) => show(present.set(user.id, user)));
  socket.on("user-left", ({ userId }) => show(present.delete(userId)));
  socket.on("status-updated", ({ userId, status }) => show(Object.assign(present.get(userId), { status })));
  socket.on("new-message", (message) => log.append(line(message)));
  socket.emit("join-room", id);

  const form = element("form", {}, element("input", { name: "content", ariaLabel: "Message" }), element("button", { textContent: "Send" }));
  form.onsubmit = (event) => {
    event.preventDefault();
    socket.emit("send-message", { roomId: id, content: form.content.value });
    form.reset();
  };
  page.replaceChildren(
    element("h1", { textContent: room.name }),
    element("p", { textContent: `Owner: ${room.owner.name}${room.isOwner ? " (you)" : ""}` }),
    list("Members", room.members.map((member) => element("li", { textContent: `${member.name} ${member.role}` })), "None"),
    list("Resources", room.resources.map((resource) => element("li", { textContent: resource.title })), "No resources"),
    list("Events", room.events.map((event) => element("li", { textContent: event.title })), "No events"),
    online,
    more,
    log,
    form,
  );
  await load();
}

signIn();
