/**
 * Settings of a configuration that are valid and probably not meant.
 *
 * @module
 */
import type { KeyProblem, Keys } from "../../query/query_definition.ts";
import { placesMeant } from "../../query/misplaced_key.ts";
import type { Level, ModelName } from "../../query/model.ts";
import { writtenKeys } from "../../query/resolve_keys.ts";
import type { Problem } from "./problems.ts";

/** The settings of a query that can be worth a warning. */
interface WarnedQuery {
  readonly model: ModelName;
  readonly level: Level | undefined;
  readonly keys: Keys;
}

/**
 * Finds matching keys that stand where their model does not have them.
 *
 * @param queries The queries by name, without problems.
 * @returns A warning for each such key.
 */
export function misplacedKeys(queries: Readonly<Record<string, WarnedQuery>>): Problem[] {
  return Object.entries(queries).flatMap(([name, { model, level, keys }]) => {
    const unreadable: KeyProblem[] = [];
    return [...writtenKeys(keys, [], unreadable)].flatMap(({ path, trail, text }): Problem[] => {
      if (text === "" || /^\*+$/.test(text)) return [];
      const meant = placesMeant(path, model, level);
      if (meant.length === 0) return [];
      const message =
        `the ${model} model does not have it here, so the peer and recheck ignore it; ` +
        `did you mean ${meant.join(" or ")}?`;
      return [{ path: ["queries", name, "keys", ...trail], message, atKey: true }];
    });
  });
}

/**
 * Finds files without a certificate in the folders of authorities.
 *
 * @param tls The keys `tls` of peers and webhooks, each with its path.
 * @returns A warning for each such file.
 */
export function passedOverFiles(
  tls: readonly { readonly path: Problem["path"]; readonly passedOver: readonly string[] }[],
): Problem[] {
  return tls.flatMap(({ path, passedOver }) =>
    passedOver.map((message) => ({ path: [...path, "ca"], message }))
  );
}
