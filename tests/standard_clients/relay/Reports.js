// What a component of an app would ask; the compiler makes the artifacts out of it.
const { graphql } = require("relay-runtime");

graphql`
  query ReportsQuery($client: ID!, $app: ID!) {
    client(id: $client) {
      app(id: $app) {
        name
        ...Reports_app
      }
    }
  }
`;

graphql`
  fragment Reports_app on App
  @argumentDefinitions(count: { type: "Int", defaultValue: 100 }, cursor: { type: "String" })
  @refetchable(queryName: "ReportsPageQuery") {
    usageReports(first: $count, after: $cursor, period: { start: "2026-01-01", end: "2026-03-31" })
      @connection(key: "Reports_usageReports") {
      edges {
        node {
          id
          activeMs
          user {
            externalId
          }
        }
      }
    }
  }
`;
