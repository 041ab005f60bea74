/** An operation to start from. The gateway writes them into the page, as data (its `http/examples`). */
export interface Example {
  title: string;
  query: string;
  variables: string | null;
}

const written = document.getElementById('examples')?.textContent;

export const examples: Example[] = written ? JSON.parse(written) : [];
