/**
 * The table of the HTTP interface: what each path does, takes and returns. The server and the OpenAPI
 * description both come from it.
 *
 * @module
 */
import type * as z from "zod";
import { metricsType } from "../metrics/format.ts";
import {
  aliveSchema,
  approveBody,
  approvedSchema,
  eventsQuery,
  eventsSchema,
  heldSchema,
  historySchema,
  itemPath,
  itemsQuery,
  itemsSchema,
  pollsSchema,
  queryPath,
  readySchema,
  reloadedSchema,
  statusSchema,
  streamQuery,
} from "./schemas.ts";

/** One operation of the interface. */
export interface Route {
  readonly method: "get" | "post";
  /** With `{name}` for what varies, as OpenAPI has it. */
  readonly path: string;
  readonly summary: string;
  /** `open`: without a login, and without patient data. */
  readonly access: "open" | "login";
  readonly params?: z.ZodObject;
  readonly query?: z.ZodObject;
  readonly body?: z.ZodObject;
  /** By status. Texts are the media types of an answer that is not JSON. */
  readonly answers: Readonly<
    Record<number, { description: string; schema: z.ZodType | readonly string[] }>
  >;
}

/** The operations by their names. */
export const routes = {
  alive: {
    method: "get",
    path: "/-/healthy",
    summary: "True as long as the schedule goes on",
    access: "open",
    answers: {
      200: { description: "Alive", schema: aliveSchema },
      503: { description: "The schedule hangs: restart the daemon", schema: aliveSchema },
    },
  },
  ready: {
    method: "get",
    path: "/-/ready",
    summary: "True if the state of every query is open; a peer that is down changes nothing",
    access: "open",
    answers: {
      200: { description: "Ready", schema: readySchema },
      503: { description: "Some queries are not open", schema: readySchema },
    },
  },
  reload: {
    method: "post",
    path: "/-/reload",
    summary: "Take over what the configuration file says now",
    access: "login",
    answers: { 200: { description: "Taken over", schema: reloadedSchema } },
  },
  metrics: {
    method: "get",
    path: "/metrics",
    summary: "Metrics: OpenMetrics if `Accept` names it, otherwise Prometheus text",
    access: "open",
    answers: {
      200: {
        description: "Metrics",
        schema: [metricsType.openmetrics, metricsType.prometheus],
      },
    },
  },
  openapi: {
    method: "get",
    path: "/api/v1/openapi.json",
    summary: "This description",
    access: "open",
    answers: { 200: { description: "OpenAPI 3.1", schema: ["application/json"] } },
  },
  status: {
    method: "get",
    path: "/api/v1/status",
    summary:
      "Peers, queries and sinks: last and next poll, age, failures, backlog; no patient data",
    access: "login",
    answers: { 200: { description: "The status", schema: statusSchema } },
  },
  items: {
    method: "get",
    path: "/api/v1/queries/{name}/items",
    summary: "The stored items of a query",
    access: "login",
    params: queryPath,
    query: itemsQuery,
    answers: { 200: { description: "The items", schema: itemsSchema } },
  },
  itemHistory: {
    method: "get",
    path: "/api/v1/queries/{name}/items/{subject}/history",
    summary: "The committed changes of one item, with the evidence of its removal",
    access: "login",
    params: itemPath,
    answers: { 200: { description: "Its changes, oldest first", schema: historySchema } },
  },
  held: {
    method: "get",
    path: "/api/v1/queries/{name}/held",
    summary: "The items whose removal is held back, and why: what an approval would remove",
    access: "login",
    params: queryPath,
    answers: { 200: { description: "What is held back", schema: heldSchema } },
  },
  approve: {
    method: "post",
    path: "/api/v1/queries/{name}/approve",
    summary: "Accept what a query holds back; who and why are recorded",
    access: "login",
    params: queryPath,
    body: approveBody,
    answers: { 200: { description: "Whether anything was held back", schema: approvedSchema } },
  },
  polls: {
    method: "get",
    path: "/api/v1/queries/{name}/polls",
    summary: "The polls since the start, at most those of a day",
    access: "login",
    params: queryPath,
    answers: { 200: { description: "The polls, oldest first", schema: pollsSchema } },
  },
  events: {
    method: "get",
    path: "/api/v1/events",
    summary: "Committed events of a query since a sequence",
    access: "login",
    query: eventsQuery,
    answers: { 200: { description: "The events", schema: eventsSchema } },
  },
  stream: {
    method: "get",
    path: "/api/v1/events/stream",
    summary: "Events as they are committed, as server-sent events; Last-Event-ID resumes one query",
    access: "login",
    query: streamQuery,
    answers: { 200: { description: "A stream", schema: ["text/event-stream"] } },
  },
} as const satisfies Readonly<Record<string, Route>>;

/** The name of an operation. */
export type RouteName = keyof typeof routes;
