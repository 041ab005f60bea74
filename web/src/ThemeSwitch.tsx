import { pick, useGraphiQL, useGraphiQLActions, type Theme } from '@graphiql/react';
import { MoonIcon, SunIcon, SystemIcon } from './icons';

const THEMES: { name: string; theme: Theme; icon: () => React.ReactNode }[] = [
  { name: 'System', theme: null, icon: SystemIcon },
  { name: 'Light', theme: 'light', icon: SunIcon },
  { name: 'Dark', theme: 'dark', icon: MoonIcon },
];

export function ThemeSwitch() {
  const { theme } = useGraphiQL(pick('theme'));
  const { setTheme } = useGraphiQLActions();
  return (
    <div className="theme-switch" role="radiogroup" aria-label="Theme">
      {THEMES.map((choice) => (
        <button
          key={choice.name}
          type="button"
          role="radio"
          aria-checked={choice.theme === theme}
          aria-label={choice.name}
          title={`${choice.name} theme`}
          onClick={() => setTheme(choice.theme)}
        >
          <choice.icon />
        </button>
      ))}
    </div>
  );
}
