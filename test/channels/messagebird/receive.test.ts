import { testExamples } from "../examples.ts";

testExamples("messagebird");
