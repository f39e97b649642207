import type { Device } from "./devices";

/** Sound is what the device panel and the meters need. */
export interface Sound {
  level(): number;
  test(): Promise<void>;
  stopTest(): void;
  testing(): boolean;
  inputs(): Device[];
  outputs(): Device[];
  input(): string;
  output(): string;
  chooseInput(id: string): void;
  chooseOutput(id: string): void;
  outputChoosable: boolean;
  ringer(): string;
  chooseRinger(id: string): void;
  ringerChoosable: boolean;
}
