import { testExamples } from "../examples.ts";

testExamples("viber");
