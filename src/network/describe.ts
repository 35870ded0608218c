/**
 * PDUs and command sets as text, in the layout that DICOM people know from DCMTK's debug output.
 *
 * Data sets are not printed here: `dump.ts` does that. Secrets of a user identity are never printed.
 * Text from a peer is printed without control characters.
 *
 * @module
 */
import { formatTag } from "../dicom/tag.ts";
import { SopClass, TransferSyntax } from "../dicom/uid.ts";
import { CommandField, type CommandSet, type DimseMessage, noDataSet, Priority } from "./dimse.ts";
import type {
  AAssociateAc,
  AAssociateRq,
  Pdu,
  PresentationContextAc,
  PresentationContextRq,
  UserInformation,
} from "./pdu.ts";
import { describeAbort, describeContextResult, describeReject } from "./reason.ts";
import { describeStatus, formatStatus } from "./status.ts";
import type { TraceEvent } from "./trace.ts";

/**
 * Describes something that went over the wire.
 *
 * @example Usage
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { describeTrace } from "./describe.ts";
 *
 * const pdu = { type: "A-ABORT", source: 0, reason: 0 } as const;
 * assertEquals(describeTrace({ kind: "pdu", direction: "received", pdu }), [
 *   "A-ABORT received: the peer's application (UL service-user), no reason given",
 * ]);
 * ```
 *
 * @param event An event of an association's trace.
 * @returns Lines without line ends.
 */
export function describeTrace(event: TraceEvent): string[] {
  if (event.kind === "pdu") return describePdu(event.pdu, event.direction);
  return describeMessage(event.message, event.direction);
}

/** Describes a PDU; `direction` is "sent" or "received". */
export function describePdu(pdu: Pdu, direction: string): string[] {
  switch (pdu.type) {
    case "A-ASSOCIATE-RQ":
      return framed(`${pdu.type} ${direction}`, [
        ...associateLines(pdu),
        "Presentation Contexts:",
        ...pdu.presentationContexts.flatMap(proposedContextLines),
        ...userInformationLines(pdu.userInformation),
      ]);
    case "A-ASSOCIATE-AC":
      return framed(`${pdu.type} ${direction}`, [
        ...associateLines(pdu),
        "Presentation Contexts:",
        ...pdu.presentationContexts.flatMap(answeredContextLines),
        ...userInformationLines(pdu.userInformation),
      ]);
    case "A-ASSOCIATE-RJ": {
      const { result, source, reason } = describeReject(pdu.result, pdu.source, pdu.reason);
      return [`${pdu.type} ${direction}: ${result} by ${source}: ${reason}`];
    }
    case "P-DATA-TF":
      return [
        `${pdu.type} ${direction}: ${
          pdu.presentationDataValues.map(({ presentationContextId, isCommand, isLast, fragment }) =>
            `context ${presentationContextId} ${isCommand ? "command" : "data"}` +
            `${isLast ? " (last)" : ""} ${fragment.length} bytes`
          ).join(", ")
        }`,
      ];
    case "A-ABORT": {
      const { source, reason } = describeAbort(pdu.source, pdu.reason);
      return [`${pdu.type} ${direction}: ${source}, ${reason}`];
    }
    default:
      return [`${pdu.type} ${direction}`];
  }
}

/** Describes a message's command set; `direction` is "sent" or "received". */
export function describeMessage(message: DimseMessage, direction: string): string[] {
  const { command, presentationContextId, dataSet } = message;
  const name = commandNames.get(command.commandField) ??
    `Command Field 0x${command.commandField.toString(16).padStart(4, "0")}`;
  const lines = [`Presentation Context ID       : ${presentationContextId}`];
  for (const [field, label] of commandLabels) {
    const value = command[field];
    if (value !== undefined) lines.push(`${label.padEnd(30)}: ${fieldText(field, value)}`);
  }
  const announced = command.commandDataSetType !== noDataSet;
  lines.push(
    `Data Set                      : ${dataSet === undefined ? "none" : `${dataSet.length} bytes`}${
      announced === (dataSet !== undefined) ? "" : " (announced otherwise)"
    }`,
  );
  return framed(`${name} ${direction}`, lines);
}

const commandNames = new Map<number, string>(
  Object.entries(CommandField).map(([name, field]) => [
    field,
    name.replace(
      /^([CN])(\w+?)(Rq|Rsp)$/,
      (_, service, operation, kind) =>
        `${service}-${
          operation.replaceAll(/(?<=[a-z])(?=[A-Z])/g, "-").toUpperCase()
        }-${kind.toUpperCase()}`,
    ),
  ]),
);

const commandLabels: readonly (readonly [keyof CommandSet, string])[] = [
  ["messageID", "Message ID"],
  ["messageIDBeingRespondedTo", "Message ID Being Responded To"],
  ["affectedSOPClassUID", "Affected SOP Class UID"],
  ["requestedSOPClassUID", "Requested SOP Class UID"],
  ["affectedSOPInstanceUID", "Affected SOP Instance UID"],
  ["requestedSOPInstanceUID", "Requested SOP Instance UID"],
  ["priority", "Priority"],
  ["status", "Status"],
  ["offendingElement", "Offending Element"],
  ["errorComment", "Error Comment"],
  ["errorID", "Error ID"],
];

const priorityNames = new Map<number, string>(
  Object.entries(Priority).map(([name, value]) => [value, name.toLowerCase()]),
);

function fieldText(field: keyof CommandSet, value: string | number | readonly number[]): string {
  if (typeof value === "string") {
    return field.endsWith("SOPClassUID") ? uidText(value) : printable(value);
  }
  if (typeof value !== "number") return value.map(formatTag).join(", ");
  if (field === "priority") return priorityNames.get(value) ?? String(value);
  if (field !== "status") return String(value);
  const { category, text } = describeStatus(value, "query-retrieve");
  return `${formatStatus(value)}: ${category}: ${text}`;
}

function associateLines(pdu: AAssociateRq | AAssociateAc): string[] {
  const { userInformation: user } = pdu;
  return [
    `Application Context Name:    ${uidText(pdu.applicationContextName)}`,
    `Calling AE Title:            ${printable(pdu.callingAeTitle)}`,
    `Called AE Title:             ${printable(pdu.calledAeTitle)}`,
    `Implementation Class UID:    ${printable(user.implementationClassUid ?? "none")}`,
    `Implementation Version Name: ${printable(user.implementationVersionName ?? "none")}`,
    `Maximum Length:              ${lengthText(user.maximumLength)}`,
  ];
}

function lengthText(maximumLength: number | undefined): string {
  if (maximumLength === undefined) return "not said";
  return maximumLength === 0 ? "0 (no limit)" : String(maximumLength);
}

function proposedContextLines(context: PresentationContextRq): string[] {
  return [
    `  Context ID ${context.id} (proposed)`,
    `    Abstract Syntax: ${uidText(context.abstractSyntax)}`,
    ...context.transferSyntaxes.map((uid) => `    Transfer Syntax: ${uidText(uid)}`),
  ];
}

function answeredContextLines(context: PresentationContextAc): string[] {
  const { id, result, transferSyntax } = context;
  const lines = [`  Context ID ${id} (${describeContextResult(result)})`];
  if (result === 0) lines.push(`    Transfer Syntax: ${uidText(transferSyntax)}`);
  return lines;
}

function userInformationLines(user: UserInformation): string[] {
  const lines: string[] = [];
  const window = user.asynchronousOperationsWindow;
  if (window !== undefined) {
    lines.push(
      `Asynchronous Operations Window: ${window.maximumNumberOperationsInvoked} invoked, ` +
        `${window.maximumNumberOperationsPerformed} performed`,
    );
  }
  for (const { sopClassUid, scuRole, scpRole } of user.roleSelections) {
    lines.push(`Role Selection: ${uidText(sopClassUid)}: SCU ${+scuRole}, SCP ${+scpRole}`);
  }
  for (const { sopClassUid, info } of user.sopClassExtendedNegotiations) {
    lines.push(`Extended Negotiation: ${uidText(sopClassUid)}: ${info.toHex()}`);
  }
  for (const { sopClassUid, serviceClassUid } of user.sopClassCommonExtendedNegotiations) {
    lines.push(
      `Common Extended Negotiation: ${uidText(sopClassUid)}: service ${uidText(serviceClassUid)}`,
    );
  }
  if (user.userIdentity !== undefined) {
    const { type, positiveResponseRequested, primaryField, secondaryField } = user.userIdentity;
    lines.push(
      `User Identity: type ${type}, ${primaryField.length} and ${secondaryField.length} bytes, ` +
        `response ${positiveResponseRequested ? "" : "not "}requested`,
    );
  }
  if (user.userIdentityResponse !== undefined) {
    lines.push(`User Identity Response: ${user.userIdentityResponse.length} bytes`);
  }
  return lines;
}

const uidNames = new Map<string, string>(
  [...Object.entries(SopClass), ...Object.entries(TransferSyntax)].map((
    [name, uid],
  ) => [uid, name]),
);

function uidText(uid: string): string {
  const name = uidNames.get(uid);
  return name === undefined ? printable(uid) : `${uid} ${name}`;
}

function printable(text: string): string {
  return text.replaceAll(/[^\x20-\x7E]/g, "?");
}

const width = 65;

function framed(title: string, lines: readonly string[]): string[] {
  const side = "=".repeat(Math.max(2, Math.floor((width - title.length - 2) / 2)));
  return [`${side} ${title} ${side}`, ...lines, "=".repeat(2 * side.length + title.length + 2)];
}
