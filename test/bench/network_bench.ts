import { type DimseMessage, encodeCommandSet } from "../../src/network/dimse.ts";
import { messageLength, writeMessage } from "../../src/network/message_encode.ts";
import { MessageAssembler } from "../../src/network/message_assembler.ts";
import { PduStream } from "../../src/network/pdu_stream.ts";

const count = 10_000;
const dataSet = new Uint8Array(600).fill(0x41);
const pending = encodeCommandSet({
  affectedSOPClassUID: "1.2.840.10008.5.1.4.31",
  commandField: 0x8020,
  messageIDBeingRespondedTo: 1,
  commandDataSetType: 1,
  status: 0xFF00,
});

/** What a peer sends for ten thousand matches of 600 bytes. */
function answer(maximumLength: number): Uint8Array {
  const length = messageLength(pending, dataSet, maximumLength);
  const bytes = new Uint8Array(count * length);
  for (let at = 0; at < bytes.length; at += length) {
    writeMessage(bytes, at, 1, pending, dataSet, maximumLength);
  }
  return bytes;
}

function receive(bytes: Uint8Array): void {
  const stream = new PduStream({ maximumLength: 131072 });
  const assembler = new MessageAssembler();
  const messages: DimseMessage[] = [];
  for (let at = 0; at < bytes.length;) {
    const space = stream.space();
    const chunk = bytes.subarray(at, at + space.length);
    space.set(chunk);
    stream.received(chunk.length);
    at += chunk.length;
    for (let frame = stream.next(); frame !== undefined; frame = stream.next()) {
      assembler.receive(frame, messages);
    }
  }
  if (messages.length !== count) throw new Error(`${messages.length} messages`);
}

for (const maximumLength of [131072, 256]) {
  const bytes = answer(maximumLength);
  Deno.bench(`10,000 matches cut out of what was received, maximum length ${maximumLength}`, () => {
    receive(bytes);
  });
}

Deno.bench("10,000 matches encoded as responses", () => void answer(131072));
