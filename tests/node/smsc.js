// A carrier's centre on loopback, spoken by another library than ours, that misbehaves on order.
// Orders come as lines of JSON on standard input, what happens goes out the same way.
"use strict";
const readline = require("readline");
const smpp = require("smpp");

const say = (what) => process.stdout.write(JSON.stringify(what) + "\n");
const sessions = new Set();
let how = { answer: "ok", receipts: true, after: 0, hex: false, password: process.env.SMSC_PASSWORD, stat: "DELIVRD" };
const first = Number(process.env.SMSC_FIRST || 1000);
let serial = first;

const server = smpp.createServer((session) => {
  session.on("error", () => {});
  session.on("close", () => {
    sessions.delete(session);
    say({ event: "closed" });
  });
  session.on("enquire_link", (pdu) => {
    say({ event: "enquire_link" });
    if (how.answer !== "deaf") session.send(pdu.response());
  });
  session.on("unbind", (pdu) => {
    say({ event: "unbind" });
    session.send(pdu.response());
    session.close();
  });
  session.on("bind_transceiver", (pdu) => bind(session, pdu));
  session.on("bind_transmitter", (pdu) => bind(session, pdu));
  session.on("submit_sm", (pdu) => submit(session, pdu));
});

function bind(session, pdu) {
  const known = pdu.password === how.password;
  say({ event: "bind", system_id: pdu.system_id, version: pdu.interface_version, known });
  session.send(pdu.response({ command_status: known ? smpp.ESME_ROK : smpp.ESME_RINVPASWD, system_id: "centre" }));
  if (known) sessions.add(session);
}

// With only_first the second message of all is answered so, and the others well.
function answerTo(number) {
  return how.only_first && number === serial - 1 && number === first + 1 ? how.only_first : how.answer;
}

function submit(session, pdu) {
  const number = serial++;
  const answer = answerTo(number);
  const answered = how.hex ? number.toString(16).toUpperCase() : String(number);
  const text = pdu.short_message.message;
  const header = (pdu.short_message.udh || []).map((one) => [...one]);
  say({
    event: "submit",
    to: pdu.destination_addr,
    to_ton: pdu.dest_addr_ton,
    from: pdu.source_addr,
    coding: pdu.data_coding,
    esm_class: pdu.esm_class,
    receipt: pdu.registered_delivery,
    text: Buffer.isBuffer(text) ? text.toString("latin1") : text,
    header,
    id: answered,
    answer,
  });
  const statuses = { throttle: smpp.ESME_RTHROTTLED, full: smpp.ESME_RMSGQFUL, nowhere: smpp.ESME_RINVDSTADR, own: 0x0472 };
  if (answer === "drop") return session.socket.destroy();
  if (answer === "silent" || answer === "deaf") return undefined;
  if (answer === "garbage") return session.socket.write(Buffer.from("HTTP/1.1 400 Bad Request\r\n\r\n"));
  if (answer === "nack") {
    return session.send(new smpp.PDU("generic_nack", { sequence_number: pdu.sequence_number, command_status: 8 }));
  }
  if (answer in statuses) return session.send(pdu.response({ command_status: statuses[answer] }));
  const receipt = () => report(how.hex ? String(number) : answered, how.stat);
  if (answer === "receipt first") {
    receipt();
    return setTimeout(() => session.send(pdu.response({ message_id: answered })), 100);
  }
  session.send(pdu.response({ message_id: answered }));
  if (how.receipts && pdu.registered_delivery) setTimeout(receipt, how.after);
  return undefined;
}

function report(id, stat, source = "8613800001111") {
  const text = `id:${id} sub:001 dlvrd:001 submit date:2611271200 done date:2611271200 stat:${stat} err:000 text:`;
  deliver({ source_addr: source, destination_addr: "10691234", esm_class: 4, short_message: text }, { receipt: id });
}

function deliver(fields, about) {
  const session = [...sessions].pop();
  if (!session) return say({ event: "nobody", ...about });
  session.deliver_sm(fields, (pdu) => say({ event: "taken", status: pdu.command_status, ...about }));
  return undefined;
}

const orders = {
  behave: (order) => {
    how = { ...how, ...order.how };
  },
  report: (order) => report(order.id, order.stat, order.source),
  deliver: (order) => {
    const message = Buffer.from(order.content, "hex");
    const udh = order.header ? Buffer.from(order.header, "hex") : undefined;
    deliver(
      {
        source_addr: order.source,
        destination_addr: "10691234",
        data_coding: order.coding,
        esm_class: udh ? 0x40 : 0,
        short_message: udh ? { udh, message } : message,
      },
      { order: order.name },
    );
  },
  send: (order) => [...sessions].forEach((session) => session.socket.write(Buffer.from(order.content, "hex"))),
  enquire: () => [...sessions].forEach((session) => session.enquire_link((pdu) => say({ event: "alive", status: pdu.command_status }))),
  drop: () => [...sessions].forEach((session) => session.socket.destroy()),
};

readline.createInterface({ input: process.stdin }).on("line", (line) => {
  const order = JSON.parse(line);
  orders[order.do](order);
  say({ event: "done", order: order.do });
});
server.listen(Number(process.env.SMSC_PORT), "127.0.0.1", () => say({ event: "listening" }));
