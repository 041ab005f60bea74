// Swift and Kotlin types of what a stored operation answers.
import { readFile, writeFile } from "node:fs/promises";
import { buildSchema, introspectionFromSchema } from "graphql";
import { InputData, quicktype } from "quicktype-core";
import { GraphQLInput } from "quicktype-graphql-input";
import { say } from "./shared.mjs";

const schema = { data: introspectionFromSchema(buildSchema(await readFile("schema.graphql", "utf8"))) };
const query = await readFile("operations/activity.graphql", "utf8");

async function generated(lang, rendererOptions = {}) {
  const graphql = new GraphQLInput();
  await graphql.addSource({ name: "Activity", schema, query });
  const inputData = new InputData();
  inputData.addInput(graphql);
  const { lines } = await quicktype({ inputData, lang, rendererOptions });
  return lines.join("\n");
}

const files = {
  "generated/Activity.swift": await generated("swift"),
  "generated/Activity.kt": await generated("kotlin", { "just-types": true }),
};
for (const [name, text] of Object.entries(files)) await writeFile(name, text);
say(files);
