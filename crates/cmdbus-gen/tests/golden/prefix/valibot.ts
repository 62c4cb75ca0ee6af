// Made by `cmdbus gen typescript`. Do not edit: make it anew.
/* eslint-disable */

import * as v from "valibot";
import type { CommandSchemaMap } from "@coralstack/cmd-ipc";

// JSON Schema counts the characters of a text, and Valibot the units of UTF-16: a character such as an emoji has two of them.

/** A note */
export type Note = {
  /**
   * A whole number.
   * At least 1.
   */
  id: number;
  /**
   * What is written on it
   *
   * Characters: at least 1.
   */
  text: string;
  labels?: string[] | undefined;
  priority?: (Priority | null) | undefined;
  replies?: Note[] | undefined;
};

export type Priority = "low" | "high";

export const Priority = v.union([v.literal("low"), v.literal("high")]);

/** A note */
export const Note: v.GenericSchema<Note> = v.strictObject({
  /**
   * A whole number.
   * At least 1.
   */
  id: v.pipe(v.number(), v.integer(), v.minValue(1)),
  /**
   * What is written on it
   *
   * Characters: at least 1.
   */
  text: v.pipe(v.string(), v.minLength(1)),
  labels: v.optional(v.array(v.string())),
  priority: v.optional(v.nullable(Priority)),
  replies: v.optional(v.array(v.lazy(() => Note))),
});

export const MyApiCommandSchema = {
  "my-api.notes.append": {
    description: "Appends a note.\n\nReturns how many there are.",
    request: Note,
    response: v.pipe(v.number(), v.integer(), v.minValue(0)),
  },
  "my-api.notes.clear": {
    description: "Throws all notes away",
  },
  "my-api.notes.magic": {
    description: "Nobody knows",
    request: v.unknown(),
    response: v.unknown(),
  },
  "my-api.notes.read": {
    request: v.strictObject({
      /** A whole number. */
      id: v.pipe(v.number(), v.integer()),
    }),
    response: v.nullable(Note),
  },
  "my-api.notes.watch": {
    description: "Every note as it is written",
    response: v.looseObject({ items: v.array(Note) }),
  },
} as const satisfies CommandSchemaMap;
