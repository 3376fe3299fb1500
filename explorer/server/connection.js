// A page whose server has gone says so, and comes back with it. Panel lets Bokeh neither try nor tell.
document.addEventListener("DOMContentLoaded", () => {
  comeBack(Bokeh.require("client/connection").ClientConnection.prototype, Bokeh.require("document").Document)
}, {once: true})

const LOST = "The server cannot be reached: nothing can be changed until it is back, and this page comes back with it."
const REFUSED = "The server does not take the connection of this page: load it again, or ask who runs the server."
const PAUSE = 1000  // ms between two tries, and that a short loss is not told
const PATIENCE = 2000  // ms that a server may be silent after it was told something, and once more when it is asked

function comeBack(connection, Document) {
  // What has changed meanwhile is missing: the page is drawn anew from what the server has, unless that is another one.
  const pull = connection._repull_session_doc
  connection._repull_session_doc = async function (resolve, reject) {
    if (this.session == null) return pull.call(this, resolve, reject)
    try {
      const {doc_json, buffers} = await this._pull_doc_json()
      const fresh = Document.from_json(doc_json, [], buffers), here = this.session.document
      if (whose(fresh) !== whose(here)) throw new Error("the server knows this page no more")
      fresh.destructively_move(here)
      resolve(this.session)
    } catch (error) {
      reject(error)
    }
  }
  // A socket that was only interrupted is opened again. Else the page is loaded again, once there is a server: the
  // address holds what it shows.
  let lost = false
  connection._schedule_reconnect = async function () {
    if (lost) return
    lost = true
    if (this.session == null) return tell(REFUSED)  // who is refused once is so each time
    const soon = setTimeout(() => tell(LOST), PAUSE)
    try {
      await this.connect()
    } catch {
      clearTimeout(soon)
      tell(LOST)
      await answer()
      return location.reload()
    }
    clearTimeout(soon)
    tell("")
    lost = false
  }
  // One that stands still, or that no cable leads to any more, closes nothing.
  const send = connection.send, hear = connection._on_message
  let asking = null
  connection.send = function (message) {
    send.call(this, message)
    asking ??= setTimeout(async () => {
      if (!lost && !await answers()) {
        tell(LOST)
        await answer()
        if (!lost) tell("")
      }
      asking = null
    }, PATIENCE)
  }
  connection._on_message = function (event) {
    clearTimeout(asking)
    asking = null
    hear.call(this, event)
  }
  addEventListener("offline", () => tell(LOST))
  addEventListener("online", () => { if (!lost) tell("") })
}

// The mark of a session, which its page carries.
function whose(document) {
  return document.roots().flatMap((root) => root.tags).join()
}

async function answer() {
  do await new Promise((done) => setTimeout(done, PAUSE)); while (!await answers())
}

async function answers() {
  const script = document.querySelector("script[src*='static/js/bokeh']").src
  try {
    return (await fetch(script, {method: "HEAD", cache: "no-store", signal: AbortSignal.timeout(PATIENCE)})).status < 500
  } catch {
    return false  // nobody listens
  }
}

function tell(words) {
  document.getElementById("lost")?.remove()
  if (!words) return
  const place = Object.assign(document.createElement("div"), {id: "lost", role: "alert", textContent: words})
  place.style.cssText = `position:fixed;z-index:3000;top:8px;left:50%;transform:translateX(-50%);max-width:90vw;
    padding:8px 16px;border-radius:6px;background:#8a1c1c;color:#fff;font:600 14px/1.4 Roboto,Helvetica,Arial,sans-serif;
    box-shadow:0 2px 12px rgba(0,0,0,.5)`
  document.body.append(place)
}
