// TypeScript types and typed documents out of the published schema.
const config = { scalars: { Date: "string", DateTime: "string" }, strictScalars: true };

export default {
  schema: "schema.graphql",
  documents: "operations/*.graphql",
  generates: {
    "generated/schema.ts": { plugins: ["typescript"], config },
    "generated/operations.ts": { plugins: ["typescript-operations", "typed-document-node"], config },
    "generated/Parallax.kt": {
      plugins: ["kotlin"],
      config: {
        package: "example.parallax",
        scalars: { ID: "String", Date: "String", DateTime: "String" },
        namingConvention: { enumValues: "keep" }, // the defaults of arguments are written as the schema has them
      },
    },
  },
};
