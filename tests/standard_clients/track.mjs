// One more user of the series that the subscriptions watch.
import { oneMoreUser, say, watched } from "./shared.mjs";

await oneMoreUser();
say(await watched());
