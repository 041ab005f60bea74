// The audits of GraphQL over HTTP: each with its verdict.
import { auditServer } from "graphql-http";
import { reader, say, url } from "./shared.mjs";

const fetchFn = (address, init = {}) => fetch(address, { ...init, headers: { ...init.headers, ...reader } });
const results = await auditServer({ url, fetchFn });
say(results.map(({ id, name, status, reason }) => ({ id, name, status, reason })));
